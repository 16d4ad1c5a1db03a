import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Logger } from "pino";
import { openKeyring } from "#lib/access/keyring.ts";
import type { PitwallConfig } from "#lib/config/model.ts";
import { type ConfigProblem, formatProblem } from "#lib/config/problem.ts";
import { secretReferences } from "#lib/config/secret-references.ts";
import { watchConfig } from "#lib/config/watch-config.ts";
import { blindNotice } from "#lib/core/distrust.ts";
import { pollerBeatMs } from "#lib/core/freshness.ts";
import type { Result } from "#lib/core/result.ts";
import type { Integration } from "#lib/integrations/integration.ts";
import { createAlarmKeeper } from "#lib/poller/alarm-keeper.ts";
import { createApplier } from "#lib/poller/applier.ts";
import { createAuditKeeper } from "#lib/poller/audit-keeper.ts";
import { createAuditRetention } from "#lib/poller/audit-retention.ts";
import { createCaretaker } from "#lib/poller/caretaker.ts";
import { type Chore, createChore } from "#lib/poller/chore.ts";
import { createDependencyFinder } from "#lib/poller/dependency-finder.ts";
import { createHealer } from "#lib/poller/healer.ts";
import { createHistoryKeeper } from "#lib/poller/keep-history.ts";
import type { KnownSecrets } from "#lib/poller/known-secrets.ts";
import { createLoop, type Loop } from "#lib/poller/loop.ts";
import { createMailroom, mailReader } from "#lib/poller/mail.ts";
import { createNotices, type Notices } from "#lib/poller/notices.ts";
import { createOutbox } from "#lib/poller/outbox.ts";
import { createPlanned } from "#lib/poller/planned.ts";
import { createPollRequests } from "#lib/poller/poll-requests.ts";
import { createReserveFile, type ReserveFile } from "#lib/poller/reserve-file.ts";
import { createRest, type Rest } from "#lib/poller/rest.ts";
import { tellSilence } from "#lib/poller/silence.ts";
import { createEngine } from "#lib/remediation/engine.ts";
import { grantsOf } from "#lib/remediation/grants.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore, type Store } from "#lib/store/open-store.ts";
import { hasOpenPollRequests, hasOpenRuns } from "#lib/store/pending.ts";
import { releasePollRequests } from "#lib/store/poll-requests.ts";
import { storeFile } from "#lib/store/store-file.ts";
import { storeTroubleOf } from "#lib/store/store-trouble.ts";
import type { OwnedTransports } from "#lib/transports/transports.ts";

export interface PollerParts {
  /** Read and found good. */
  readonly config: PitwallConfig;
  readonly dataFolder: string;
  /** Keys that kept secrets are sealed under; by default in the data folder. */
  readonly keysFile?: string;
  readonly registry: Readonly<Record<string, Integration>>;
  /** With the hosts of `config`; the poller closes them. */
  readonly transports: OwnedTransports;
  readonly secrets: KnownSecrets;
  /** For reading a changed file; without one the configuration stays as it is. */
  readonly readConfig?: (file: string) => Result<PitwallConfig, ConfigProblem[]>;
  readonly log: Logger;
  /** See `StoreOptions`. */
  readonly maxPages?: number;
}

export interface Poller {
  readonly store: Store;
  /** Ends polls and runs, writes what is left, and closes everything; once, however often it is asked. */
  readonly stop: () => Promise<void>;
}

const requestsEveryMs = 150;
const flushEveryMs = 25;
/** What happens comes in bursts, so after one piece of news the next ones wait for each other this long. */
const newsApartMs = 40;
const careEveryMs = 500;
const alarmsEveryMs = 500;
const healEveryMs = 500;
const keepEveryMs = 500;
const findEveryMs = 3_000;
const secretsEveryMs = 500;
const vouchEveryMs = 5_000;

/** Starts the whole poller on a data folder. Throws when the store cannot be opened. */
export async function startPoller(parts: PollerParts): Promise<Poller> {
  const { config, dataFolder, log, secrets } = parts;
  await mkdir(dataFolder, { recursive: true });
  const file = storeFile(dataFolder);
  await migrateStore(file);
  const { redact } = secrets;
  const store = await openStore({
    file,
    redact,
    ...(parts.maxPages === undefined ? {} : { maxPages: parts.maxPages }),
  });
  const now = Date.now;
  const tick = () => performance.now();
  const startedAt = now();
  const notices = createNotices();
  const reserve = createReserveFile(join(dataFolder, "reserve"));
  await reserve.hold();
  await withRoom(reserve, () => tellSilence(store, startedAt));
  const rest = createRest();
  const outbox = createOutbox({ store, reserve, notices, log, now, wake: rest.cut });
  const planned = createPlanned();
  const alarms = createAlarmKeeper({
    store,
    watched: () => loop.watched(),
    transports: parts.transports,
    secret: secrets.resolve,
    redact: secrets.redact,
    now,
  });
  await alarms.read();
  const loop = createLoop({
    registry: parts.registry,
    outbox,
    transports: parts.transports,
    mail: mailReader(store, now),
    secret: secrets.resolve,
    redact: secrets.redact,
    planned,
    alarms: alarms.findings,
    log,
    now,
    tick,
    wake: rest.cut,
  });
  const caretaker = createCaretaker(store, loop, planned, now);
  const keyring = openKeyring(parts.keysFile ?? join(dataFolder, "keys"));
  const auditKeeper = createAuditKeeper({ store, keyring, dataFolder, notices, now });
  const auditKept = () => applier.applied().audit;
  const auditRetention = createAuditRetention({ store, keyring, kept: auditKept, notices, now });
  const applier = createApplier({
    store,
    loop,
    plan: caretaker.plan,
    transports: parts.transports,
    notices,
    keyring,
    secret: secrets.resolve,
    grants: (next) => grantsOf(next, parts.registry).commands,
    prepare: async (next) => {
      await secrets.use(secretReferences(next, parts.registry), next.secrets, parts.transports);
      tellSecrets(notices, secrets, now());
    },
    log,
    now,
  });
  const engine = createEngine({
    store,
    watcher: loop,
    transports: parts.transports,
    secret: secrets.resolve,
    redact: secrets.redact,
    now,
    log,
  });
  await store.write(releasePollRequests);
  auditKeeper.begin();
  await applier.apply(config);
  // Only now is there something watched, so that the world can be asked what is true.
  await engine.recover((verdict) => {
    log.warn({ verdict }, "a run was left open by a poller that died");
    notices.set("runs", `a run was cut off when the poller died: ${verdict}`, now());
  });

  let beatAt = Number.NEGATIVE_INFINITY;
  let newsAt = Number.NEGATIVE_INFINITY;
  const flush = createChore(
    flushEveryMs,
    async () => {
      const beats = tick() - beatAt >= pollerBeatMs;
      const urgent = outbox.urgent();
      if (!beats && !(urgent && tick() - newsAt >= newsApartMs)) return;
      if (urgent) newsAt = tick();
      if (beats) beatAt = tick();
      tellDistrust(notices, loop.distrust(), now());
      await outbox.flush(beats ? { beatAt: now(), startedAt, pid: process.pid, notices: notices.list() } : null);
    },
    told("write", log),
  );
  const writeAll = () => {
    outbox.press();
    newsAt = Number.NEGATIVE_INFINITY;
    return flush.now();
  };
  const mailroom = createMailroom(store, loop, secrets.redact, now);
  const polls = createPollRequests(store, loop, writeAll, now, told("poll requests", log));
  let seenVersion: number | null = null;
  const requests = createChore(
    requestsEveryMs,
    async () => {
      // The sign of life alone makes a new version every second, so what runs out by time is seen as well.
      const version = store.version();
      if (version === seenVersion) return;
      if (hasOpenPollRequests(store.history)) await polls.step();
      await mailroom.step();
      if (hasOpenRuns(store.history)) await engine.step();
      seenVersion = version;
    },
    told("requests", log),
  );
  const healer = createHealer({
    store,
    loop,
    covers: planned.covers,
    massFailure: () => applier.applied().heal.massFailure,
    redact: secrets.redact,
    log,
    now,
  });
  const heal = createChore(healEveryMs, healer.step, told("heals", log));
  const care = createChore(careEveryMs, caretaker.step, told("planned work", log));
  const keeper = createHistoryKeeper({ store, kept: () => applier.applied().history, notices, tick });
  const keep = createChore(
    keepEveryMs,
    async () => (outbox.keepsHistory() ? keeper.step(now()) : undefined),
    told("history", log),
  );
  const finder = createDependencyFinder(store, loop.watched, applier.applied, tick);
  const find = createChore(
    findEveryMs,
    async () => (outbox.keepsHistory() ? finder.step() : undefined),
    told("found dependencies", log),
  );
  const secretsAnew = createChore(
    secretsEveryMs,
    async () => {
      const changed = await secrets.look();
      tellSecrets(notices, secrets, now());
      if (changed.length === 0) return;
      log.info({ references: changed }, "secrets changed");
      parts.transports.secretsChanged();
      await applier.secretsChanged();
    },
    told("secrets", log),
  );
  const vouch = createChore(
    vouchEveryMs,
    async () => {
      auditKeeper.step();
      // A full disk keeps what it has: each cut is written before it frees anything.
      if (outbox.keepsHistory()) await auditRetention.step();
    },
    told("audit log", log),
  );
  const stopping = new AbortController();
  const watch = createChore(alarmsEveryMs, () => alarms.step(stopping.signal), told("alarms", log));
  const chores = [flush, requests, care, watch, heal, find, keep, secretsAnew, vouch];
  // News that came too soon after the last waits awake.
  const restMs = (ms: number) => (outbox.urgent() ? Math.min(ms, flushEveryMs) : ms);
  const running = turn(loop, chores, (ms) => rest.begin(restMs(ms)), tick, stopping.signal);
  const watching = watchFile(parts, stopping.signal, async (result) => {
    if (result.ok) return await applier.change(result.value, stopping.signal);
    const [first] = result.error;
    const more = result.error.length > 1 ? ` (and ${result.error.length - 1} more)` : "";
    const why = first === undefined ? "it cannot be read" : `${formatProblem(first)}${more}`;
    log.warn({ problems: result.error.length }, `the changed configuration was not applied: ${why}`);
    notices.set("config", `the changed configuration was not applied: ${why}`, now());
  });

  let stopped: Promise<void> | undefined;
  return {
    store,
    stop: () => (stopped ??= end()),
  };

  async function end(): Promise<void> {
    stopping.abort();
    // Together: a run that waits for a poll is let go by the loop.
    await Promise.all([engine.stop(), loop.stop()]);
    await Promise.all([running, watching]);
    await Promise.all([
      requests.settled(),
      care.settled(),
      watch.settled(),
      heal.settled(),
      find.settled(),
      keep.settled(),
      secretsAnew.settled(),
      vouch.settled(),
      polls.settled(),
    ]);
    outbox.addEvent({ at: now(), kind: "poller", text: "Poller stopped" });
    await writeAll();
    await parts.transports.close();
    auditKeeper.end();
    await store.close();
  }
}

function tellDistrust(notices: Notices, { blind, observing }: ReturnType<Loop["distrust"]>, now: number): void {
  for (const [kind, why] of [
    [blindNotice, blind],
    ["observing", observing],
  ] as const) {
    if (why === null) notices.clear(kind);
    else notices.set(kind, why, now);
  }
}

function tellSecrets(notices: Notices, secrets: KnownSecrets, now: number): void {
  const why = secrets.trouble();
  if (why === null) notices.clear("secrets");
  else notices.set("secrets", secrets.redact(why), now);
}

/** A start on a full disk gives up the reserve rather than the start. */
async function withRoom(reserve: ReserveFile, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (storeTroubleOf(error)?.kind !== "full") throw error;
    await reserve.release();
    await work();
  }
}

async function turn(
  loop: Loop,
  chores: readonly Chore[],
  rest: Rest["begin"],
  tick: () => number,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const restMs = loop.step();
    for (const chore of chores) chore.step(tick());
    await rest(restMs);
  }
}

/** Once when a chore begins to fail, not at each turn. Trouble of the store is told by the outbox. */
function told(chore: string, log: Logger): (error: unknown) => void {
  let last = "";
  return (error) => {
    const trouble = storeTroubleOf(error);
    const words = trouble?.kind ?? String(error);
    if (words !== last)
      log.error({ chore, ...(trouble === null ? { err: error } : { trouble: trouble.kind }) }, "failed");
    last = words;
  };
}

async function watchFile(
  { config, readConfig }: PollerParts,
  signal: AbortSignal,
  onChange: (result: Result<PitwallConfig, ConfigProblem[]>) => Promise<void>,
): Promise<void> {
  if (readConfig === undefined) return;
  // One after the other: a change that comes while the last one is being applied waits for it.
  let applying: Promise<void> = Promise.resolve();
  await watchConfig(config.file, {
    signal,
    digest: config.digest,
    read: readConfig,
    onChange: (result) => {
      applying = applying.then(() => onChange(result));
    },
  });
  await applying;
}
