import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { pino } from "pino";
import type { Actor } from "#lib/access/actor.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { approveRun } from "#lib/commands/approve-run.ts";
import { confirmRun } from "#lib/commands/confirm-run.ts";
import { requestRun } from "#lib/commands/request-run.ts";
import { settleRun } from "#lib/commands/settle-run.ts";
import { formatProblem } from "#lib/config/problem.ts";
import { readConfig } from "#lib/config/read-config.ts";
import { registry } from "#lib/integrations/registry.ts";
import { createKnownSecrets } from "#lib/poller/known-secrets.ts";
import { type Poller, startPoller } from "#lib/poller/poller.ts";
import type { Store } from "#lib/store/open-store.ts";
import { createTransports } from "#lib/transports/transports.ts";
import { boardView } from "#lib/views/board-view.ts";
import { runView } from "#lib/views/run-view.ts";
import type { BoardService } from "#lib/wire/board.ts";
import { approvalsNeeded, isEnded, type Run } from "#lib/wire/run.ts";

/** A whole poller on a configuration file, in this process. */
export async function startLabPoller(configFile: string, dataFolder: string): Promise<Poller> {
  const config = readConfig(configFile);
  if (!config.ok) throw new Error(config.error.map(formatProblem).join("\n"));
  const secrets = createKnownSecrets(configFile, process.env, () => undefined);
  return await startPoller({
    config: config.value,
    dataFolder,
    registry,
    transports: createTransports({ hosts: config.value.hosts, reach: config.value.reach, secret: secrets.resolve }),
    secrets,
    log: pino({ level: "silent" }),
  });
}

function person(name: string): Actor {
  const grants = [{ role: "admin", group: null }] as const;
  const proof = { from: "127.0.0.1", method: "command-line", provedAt: Date.now() } as const;
  return { kind: "person", id: name, name, grants, holds: [], ...proof };
}

/** Who asks, and who approves what needs a second person. */
const asker = person("drill");
const approver = person("drill-second");

/** Asks for a run as a person does: a plan first, and its confirmation. Resolves when it has ended. */
export async function carryOutRun(
  store: Store,
  wanted: { readonly serviceId: string; readonly action: string; readonly params: Readonly<Record<string, string>> },
  withinMs = 180_000,
): Promise<Run> {
  const id = await askForPlan(store, wanted);
  const planned = await untilPlanned(store, id, withinMs);
  if (planned.state !== "planned" || planned.plan === null) return planned;
  await confirm(store, planned, planned.plan.hash);
  return await untilRun(store, id, (run) => isEnded(run.state), withinMs);
}

/** Types the service's name and says why, and has a second person approve where that is needed. */
export async function confirm(store: Store, run: Run, planHash: string): Promise<void> {
  const words = { runId: run.id, planHash, typed: run.serviceName, reason: "drill" };
  const confirmed = await confirmRun(store, asker, words, Date.now());
  if (!confirmed.ok) throw new Error(confirmed.error.detail);
  if (approvalsNeeded(run.risk) === 0) return;
  const approved = await approveRun(store, approver, { runId: run.id, planHash, word: "approved" }, Date.now());
  if (!approved.ok) throw new Error(approved.error.detail);
}

/** Says that what a run did is known and well, which ends the time that its action would have to wait. */
export async function settle(store: Store, runId: string): Promise<void> {
  const settled = await settleRun(store, asker, { runId, words: "a drill" }, Date.now());
  if (!settled.ok) throw new Error(settled.error.detail);
}

/** Asks for a plan; returns the run's id. */
export async function askForPlan(
  store: Store,
  wanted: { readonly serviceId: string; readonly action: string; readonly params: Readonly<Record<string, string>> },
): Promise<string> {
  const body = { ...wanted, mode: "plan", reason: "drill" };
  const asked = await requestRun(store, asker, { body, idempotencyKey: randomUUID() }, Date.now());
  if (!asked.ok) throw new Error(asked.error.detail);
  return asked.value.id;
}

export async function untilRun(
  store: Store,
  id: string,
  holds: (run: Run) => boolean,
  withinMs = 180_000,
  everyMs = 50,
): Promise<Run> {
  const look = async () => {
    const run = await runView(store, wholeSight, id);
    if (!run.ok) throw new Error(run.error.detail);
    return holds(run.value) ? run.value : null;
  };
  return await until(`run ${id}`, withinMs, look, everyMs);
}

/** The run as soon as its plan waits for somebody, or as it ended before that. */
export async function untilPlanned(store: Store, id: string, withinMs?: number): Promise<Run> {
  return await untilRun(store, id, (run) => run.state === "planned" || isEnded(run.state), withinMs);
}

/** The service as the board shows it, as soon as that holds. */
export async function untilService(
  store: Store,
  id: string,
  words: string,
  holds: (service: BoardService) => boolean,
  withinMs = 120_000,
): Promise<BoardService> {
  return await until(words, withinMs, async () => {
    const service = (await boardView(store, wholeSight, Date.now())).services.find((one) => one.id === id);
    return service !== undefined && holds(service) ? service : null;
  });
}

export async function until<T>(
  words: string,
  withinMs: number,
  look: () => Promise<T | null>,
  everyMs = 50,
): Promise<T> {
  const endAt = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== null) return seen;
    if (performance.now() > endAt) throw new Error(`waited ${withinMs} ms in vain for ${words}`);
    await pause(everyMs);
  }
}

// As a program: says when it polls, and does until it is killed, which is what the crash drill does to it. Arguments: configuration, data folder.
const [, program, configFile, dataFolder] = process.argv;
if (program === import.meta.filename && configFile !== undefined && dataFolder !== undefined) {
  await startLabPoller(configFile, dataFolder);
  process.send?.("polls");
}
