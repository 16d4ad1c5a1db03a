import { type AuditEntry, type Deed, insertAudit } from "#lib/store/audit.ts";
import type { Write } from "#lib/store/writing.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Audits what was refused, so that a flood of refusals can fill neither the disk nor the log. */
export interface RefusalLog {
  /** The first of its kind is on disk when this resolves; those after it are counted, and told in one row. */
  readonly note: (deed: Deed, refusal: Refusal) => Promise<void>;
  /** Writes what was counted until now. */
  readonly tell: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** The same actor, from the same address, refused the same command for the same reason: one kind. */
interface Counted {
  readonly entry: AuditEntry;
  readonly account: Account;
  /** Of those that have no row yet. */
  times: number;
  firstAt: number;
  lastAt: number;
  /** When it is told next, and how long it was counted for that. */
  tellAt: number;
  waitMs: number;
}

/** Strangers must not use up what is there for people with an account. */
type Account = "known" | "unknown";

const tellEveryMs = 60_000;
/** What goes on and on is told after one minute, then two, four, … so that a flood of a day is some rows. */
const longestWaitMs = 3_600_000;
/** Kinds that are told apart at a time, of people and of strangers; what comes beyond them is counted together. */
const mostKinds = 64;
/** Rows for first refusals: so many at once, and one more each minute. Signed in or not, each has a budget of its own. */
const rowsAtOnce = 200;
const rowEveryMs = 60_000;

export function createRefusalLog(write: Write, now: () => number): RefusalLog {
  const kinds = new Map<string, Counted>();
  const budgets = { known: budget(now()), unknown: budget(now()) };
  let timer: NodeJS.Timeout | undefined;
  let telling: Promise<void> = Promise.resolve();
  let stopped = false;

  function later(): void {
    if (stopped) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      // Counts that could not be written stay, and are tried again.
      telling = telling.catch(() => undefined).then(() => tellNow(now()));
      telling.catch(() => undefined).finally(() => (kinds.size > 0 ? later() : undefined));
    }, tellEveryMs).unref();
  }

  /** Those that are due by then; who was not refused again meanwhile is forgotten. */
  async function tellNow(dueBy: number): Promise<void> {
    const due = [...kinds].filter(([, kind]) => kind.tellAt <= dueBy);
    for (const [key, { times }] of due) if (times === 0) kinds.delete(key);
    const told = due.filter(([, { times }]) => times > 0).map(([, kind]) => ({ kind, times: kind.times }));
    if (told.length === 0) return;
    await write(async (writing) => {
      for (const { kind, times } of told) await insertAudit(writing, rowOf(kind, times));
    });
    for (const { kind, times } of told) {
      kind.times -= times;
      kind.waitMs = Math.min(kind.waitMs * 2, longestWaitMs);
      kind.tellAt = now() + kind.waitMs;
    }
  }

  /** Whether this kind has room of its own. */
  function fits(key: string, account: Account): boolean {
    if (kinds.has(key)) return true;
    let own = 0;
    for (const kind of kinds.values()) if (kind.account === account) own += 1;
    return own < mostKinds && budgets[account].take(now());
  }

  const log: RefusalLog = {
    note: async (deed, refusal) => {
      const { actor, command } = deed;
      const own = JSON.stringify([actor.kind, actor.name, actor.from, command, refusal.code]);
      const account: Account = actor.id === null ? "unknown" : "known";
      const isOwn = fits(own, account);
      const key = isOwn ? own : `rest of ${account}`;
      const why = `${refusal.code}: ${refusal.detail}`;
      later();
      const counted = kinds.get(key);
      if (counted !== undefined) {
        if (counted.times === 0) counted.firstAt = deed.at;
        counted.times += 1;
        counted.lastAt = deed.at;
        return;
      }
      const entry: AuditEntry = isOwn ? { ...deed, refused: { why, times: 1 } } : restEntry(deed, account);
      const counting = { times: isOwn ? 0 : 1, firstAt: deed.at, lastAt: deed.at };
      kinds.set(key, { entry, account, ...counting, tellAt: now() + tellEveryMs, waitMs: tellEveryMs });
      if (!isOwn) return;
      try {
        await write((writing) => insertAudit(writing, entry));
      } catch (error) {
        kinds.delete(key);
        throw error;
      }
    },
    tell: () => {
      telling = telling.catch(() => undefined).then(() => tellNow(Number.POSITIVE_INFINITY));
      return telling;
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await log.tell();
    },
  };
  return log;
}

function rowOf({ entry, firstAt, lastAt }: Counted, times: number): AuditEntry {
  const { after: _after, before: _before, ...told } = entry;
  const why = entry.refused?.why ?? "";
  return { ...told, at: lastAt, refused: { why, times }, after: { refusedSince: firstAt } };
}

/** Whoever is counted together is named no more: neither who, nor what for. */
function restEntry(deed: Deed, account: Account): AuditEntry {
  const who = account === "known" ? "several accounts" : "several, not signed in";
  const actor = { kind: deed.actor.kind, name: who, from: null };
  const why = "too many refusals at a time to tell each apart";
  return { at: deed.at, actor, command: "several", target: "several", refused: { why, times: 1 } };
}

function budget(begun: number) {
  let left = rowsAtOnce;
  let filledAt = begun;
  return {
    take: (now: number): boolean => {
      const due = Math.max(0, Math.floor((now - filledAt) / rowEveryMs));
      left = Math.min(rowsAtOnce, left + due);
      filledAt += due * rowEveryMs;
      if (left === 0) return false;
      left -= 1;
      return true;
    },
  };
}
