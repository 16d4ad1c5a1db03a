import { appendCheckpoint, auditHeadFile, type Checkpoint, readCheckpoints } from "#lib/access/audit-head.ts";
import type { Keyring } from "#lib/access/keyring.ts";
import type { Notices } from "#lib/poller/notices.ts";
import type { Store } from "#lib/store/open-store.ts";

/** Vouches for the end of the audit log, outside the store, so that a log that was cut or made anew is noticed. */
export interface AuditKeeper {
  /** Compares the log with what was vouched for last, and vouches for its end. */
  readonly begin: () => void;
  readonly step: () => void;
  readonly end: () => void;
}

export interface AuditKeeperParts {
  readonly store: Pick<Store, "file" | "history">;
  readonly keyring: Keyring;
  readonly dataFolder: string;
  readonly notices: Notices;
  readonly now: () => number;
}

const rowsBetween = 64;
const longestBetweenMs = 60_000;

export function createAuditKeeper({ store, keyring, dataFolder, notices, now }: AuditKeeperParts): AuditKeeper {
  const file = auditHeadFile(dataFolder);
  let last: Checkpoint | null = null;

  function vouch(): void {
    const keys = keyring.keys();
    const head = headOf(store);
    if (!keys.ok || head.seq === 0 || head.seq === last?.seq) return;
    const checkpoint = { ...head, at: now() };
    try {
      appendCheckpoint(file, store.file, keys.value, checkpoint);
      last = checkpoint;
      notices.clear("audit-head");
    } catch (error) {
      // Watching goes on: on a full disk the log itself says what is missing, and the next step tries again.
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      notices.set(
        "audit-head",
        `nothing vouches for the end of the audit log: ${file} cannot be written (${code})`,
        now(),
      );
    }
  }

  return {
    begin: () => {
      const keys = keyring.keys();
      if (!keys.ok) return;
      const before = readCheckpoints(file, keys.value).good.at(-1);
      if (before !== undefined && !holds(store, before)) {
        const why = `the audit log is not the one it was at row ${before.seq}: run \`npx pitwall audit verify\``;
        notices.set("audit", why, now());
      }
      vouch();
    },
    step: () => {
      const { seq } = headOf(store);
      if (last === null || seq - last.seq >= rowsBetween || now() - last.at >= longestBetweenMs) vouch();
    },
    end: vouch,
  };
}

function headOf({ history }: AuditKeeperParts["store"]): { readonly seq: number; readonly hash: string } {
  const head = history.past.prepare(`SELECT "headSeq" AS "seq", "headHash" AS "hash" FROM "AuditChain"`).get();
  return (head as { seq: number; hash: string } | undefined) ?? { seq: 0, hash: "" };
}

/** Whether the row is there as it was, or was pruned since. */
function holds({ history }: AuditKeeperParts["store"], { seq, hash }: Checkpoint): boolean {
  const found = history.past.prepare(`SELECT "hash" FROM "Audit" WHERE "id" = ?`).get(seq) as
    | { hash: string }
    | undefined;
  if (found !== undefined) return found.hash === hash;
  const chain = history.past.prepare(`SELECT "anchorSeq" FROM "AuditChain"`).get() as { anchorSeq: number } | undefined;
  return chain !== undefined && chain.anchorSeq >= seq;
}
