import type { Notice } from "#lib/store/beat.ts";

/** What the poller could not do about its own affairs; the board shows it. One of each kind, with the time it began. */
export interface Notices {
  readonly set: (kind: string, message: string, now: number) => void;
  readonly clear: (kind: string) => void;
  readonly list: () => Notice[];
}

export function createNotices(): Notices {
  const open = new Map<string, Notice>();
  return {
    set: (kind, message, now) => {
      open.set(kind, { kind, message, since: open.get(kind)?.since ?? now });
    },
    clear: (kind) => {
      open.delete(kind);
    },
    list: () => [...open.values()],
  };
}
