import { mkdir } from "node:fs/promises";
import { drills, reportLines } from "#e2e/drill/run-drill.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { readEnv } from "#lib/config/env.ts";
import { insertDrill } from "#lib/store/drills.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore } from "#lib/store/open-store.ts";

export interface DrillOptions {
  readonly times?: string;
  readonly json?: boolean;
  readonly from?: string;
  readonly to?: string;
}

/**
 * `pitwall drill`: tries a remedy out on a lab of its own, under real traffic, and prints what was measured. The result is
 * kept in the store, where the board finds it.
 */
export async function drill(
  { env, cwd, signal, say, complain }: Surroundings,
  name: string,
  { times = "1", json = false, from, to }: DrillOptions,
): Promise<number> {
  const plan = Object.hasOwn(drills, name) ? drills[name] : undefined;
  const count = Number(times);
  if (plan === undefined || !Number.isInteger(count) || count < 1 || count > 1_000) {
    const list = Object.entries(drills).map(([id, { about }]) => `  ${id.padEnd(12)} ${about}`);
    complain(`drill: give one of these, and --times from 1 to 1000\n${list.join("\n")}`);
    return 2;
  }
  for (const part of [from, to]) {
    if (part === undefined || plan.parts?.includes(part)) continue;
    complain(`drill: ${name} has no part “${part}”; it has ${plan.parts?.join(", ") ?? "none"}`);
    return 2;
  }
  const read = readEnv(env, cwd);
  if (!read.ok) {
    for (const line of read.error) complain(`drill: ${line}`);
    return 1;
  }
  const report = await plan.run({ times: count, from, to, tell: complain, signal });
  const passed = report.times === count && plan.passes(report);
  if (json) say(JSON.stringify(report));
  else for (const line of reportLines(report)) say(line);
  if (from !== undefined || to !== undefined) return passed ? 0 : 1;
  const { dataFolder, storeFile } = read.value;
  await mkdir(dataFolder, { recursive: true });
  await migrateStore(storeFile);
  const store = await openStore({ file: storeFile });
  try {
    const { acknowledged, lost, maxGapMs, failedRequests } = report;
    const figures = { times: report.times, acknowledged, lost, maxGapMs, failedRequests };
    const verdict = passed ? "passed" : "failed";
    await store.write((writing) => insertDrill(writing, { action: plan.action, at: Date.now(), verdict, figures }));
  } finally {
    await store.close();
  }
  return passed ? 0 : 1;
}
