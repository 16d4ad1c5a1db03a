import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";

/** Clients that commit one row after the other on the way that applications go, and know which commits were acknowledged. */
export interface CommitWriter extends AsyncDisposable {
  /** Ends all clients and tells what they saw. */
  readonly stop: () => Promise<Written>;
}

export interface Written {
  /** Commits the server said yes to, as `client:number`. */
  readonly acknowledged: readonly string[];
  /** Attempts that failed: refused, cut, or without an answer in time. */
  readonly failed: number;
  /** In the words of the driver or the server, and how often. */
  readonly reasons: Readonly<Record<string, number>>;
  /** Longest time without an acknowledged commit of any client. */
  readonly maxGapMs: number;
}

export interface Place {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

const restMs = 5;
const retryMs = 20;
const beginWithinMs = 60_000;

/** Makes its table, and begins when the first commit of every client was acknowledged. */
export async function startCommitWriter(place: Place, table: string, clients = 4): Promise<CommitWriter> {
  const acknowledged: string[] = [];
  let failed = 0;
  const reasons: Record<string, number> = {};
  let maxGapMs = 0;
  let lastAt: number | null = null;
  let stopping = false;
  const note = (mark: string) => {
    const now = performance.now();
    if (lastAt !== null) maxGapMs = Math.max(maxGapMs, now - lastAt);
    lastAt = now;
    acknowledged.push(mark);
  };
  const maker = await openSurely(place);
  await maker.query(`create table if not exists ${table} (mark text primary key)`);
  await maker.end();

  async function work(client: number, begun: () => void): Promise<void> {
    let session: pg.Client | undefined;
    for (let n = 1; !stopping; n += 1) {
      const mark = `${client}:${n}`;
      try {
        session ??= await open(place);
        await session.query(`insert into ${table} values ($1)`, [mark]);
        note(mark);
        begun();
        await pause(restMs);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (!stopping) {
          failed += 1;
          reasons[why] = (reasons[why] ?? 0) + 1;
        }
        session?.end().catch(() => undefined);
        session = undefined;
        await pause(retryMs);
      }
    }
    await session?.end().catch(() => undefined);
  }

  const begun = Array.from({ length: clients }, () => Promise.withResolvers<void>());
  const ended = begun.map((one, client) => work(client, one.resolve));
  const late = setTimeout(() => {
    const why = new Error(`no commit on ${place.database} within ${beginWithinMs} ms: ${JSON.stringify(reasons)}`);
    for (const one of begun) one.reject(why);
  }, beginWithinMs);
  const stop = async (): Promise<Written> => {
    // The gap that is open now counts as well.
    if (lastAt !== null && !stopping) maxGapMs = Math.max(maxGapMs, performance.now() - lastAt);
    stopping = true;
    await Promise.all(ended);
    return { acknowledged, failed, reasons, maxGapMs: Math.round(maxGapMs) };
  };
  try {
    await Promise.all(begun.map((one) => one.promise));
  } catch (error) {
    // Nobody holds them yet who could.
    await stop();
    throw error;
  } finally {
    clearTimeout(late);
  }
  return {
    stop,
    // A test that fails before it has stopped them must not leave them knocking for good.
    [Symbol.asyncDispose]: async () => void (await stop()),
  };
}

/** Before it begins nothing is measured: a busy machine may take its time. */
async function openSurely(place: Place): Promise<pg.Client> {
  for (let turn = 1; ; turn += 1) {
    try {
      return await open(place);
    } catch (error) {
      if (turn === 30) throw error;
      await pause(500);
    }
  }
}

async function open(place: Place): Promise<pg.Client> {
  const client = new pg.Client({
    ...place,
    application_name: "drill",
    connectionTimeoutMillis: 1_000,
    query_timeout: 2_000,
  });
  client.on("error", () => {}); // the next statement fails, and the session is replaced
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
}
