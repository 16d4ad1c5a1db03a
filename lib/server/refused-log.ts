import { networkOf } from "#lib/access/rate-limit.ts";
import type { RefusalCode } from "#lib/server/refusal.ts";

/** Tells the process log what the front turned away, which never reaches the audit log: a line a minute for each reason. */
export interface RefusedLog {
  readonly note: (code: RefusalCode, address: string) => void;
  /** Writes what was counted until now. */
  readonly stop: () => void;
}

/** What a reader of the log may want to know of; slips of a client, such as a page that is not there, are not. */
const told: ReadonlySet<RefusalCode> = new Set([
  "not-by-proxy",
  "unclear-user",
  "untrusted-host",
  "too-many-requests",
  "too-many-streams",
  "malformed",
  "headers-too-large",
  "too-large",
  "target-too-long",
]);

const everyMs = 60_000;
/** More networks than these are only said to be more. */
const mostNetworks = 100;

export function createRefusedLog(write: (line: string) => void): RefusedLog {
  const counts = new Map<RefusalCode, { times: number; readonly networks: Set<string> }>();
  let timer: NodeJS.Timeout | undefined;

  function tell(): void {
    for (const [code, { times, networks }] of counts) {
      const [one = ""] = networks;
      const from =
        networks.size === 1 ? one : `${networks.size === mostNetworks ? "at least " : ""}${networks.size} networks`;
      write(`refused before it was read: ${code}, ${times === 1 ? "once" : `${times} times`}, from ${from}`);
    }
    counts.clear();
  }

  return {
    note: (code, address) => {
      if (!told.has(code)) return;
      const known = counts.get(code);
      const counted = known ?? { times: 0, networks: new Set<string>() };
      counted.times += 1;
      if (counted.networks.size < mostNetworks) counted.networks.add(networkOf(address));
      if (known !== undefined) return;
      counts.set(code, counted);
      timer ??= setTimeout(() => {
        timer = undefined;
        tell();
      }, everyMs).unref();
    },
    stop: () => {
      clearTimeout(timer);
      tell();
    },
  };
}
