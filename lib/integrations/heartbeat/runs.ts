import type { Heartbeat } from "#lib/core/heartbeat.ts";

/** A run as its reports tell it, before anybody asks how late it is. */
export interface ToldRun {
  readonly id: number;
  readonly run: string | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly is: "open" | "succeeded" | "failed" | "superseded";
  readonly exitCode: number | null;
  readonly durationMs: number | null;
  readonly message: string | null;
  readonly printed: string | null;
  readonly from: string | null;
}

/** A report that got no answer is sent again within this: curl with `--retry 5` gives up before. */
const repeatedMs = 120_000;
/** The same for a start without a name, which may as well be the next run of a job of every minute. */
const namelessMs = 30_000;

/**
 * Reports to runs, oldest first. What names its run is tied together by that name, and may overlap; what does not ends the run
 * that is open. A start while a run of that name, or without one, is open means that the open one will never end. Pure.
 */
export function runsOf(heartbeats: readonly Heartbeat[]): ToldRun[] {
  const runs: ToldRun[] = [];
  for (const heartbeat of heartbeats) {
    if (heartbeat.says === "start") begin(runs, heartbeat);
    else end(runs, heartbeat);
  }
  return runs;
}

function begin(runs: ToldRun[], heartbeat: Heartbeat): void {
  const at = openOf(runs, heartbeat.run);
  const open = runs[at];
  if (open !== undefined) {
    if (heartbeat.at - (open.startedAt ?? 0) < (heartbeat.run === null ? namelessMs : repeatedMs)) return;
    runs[at] = { ...open, is: "superseded" };
  }
  runs.push({ ...told(heartbeat), startedAt: heartbeat.at, endedAt: null, is: "open" });
}

function end(runs: ToldRun[], heartbeat: Heartbeat): void {
  const { at: endedAt, run } = heartbeat;
  const is = heartbeat.says === "success" ? ("succeeded" as const) : ("failed" as const);
  const at = openOf(runs, run);
  const open = runs[at];
  if (open !== undefined) {
    const { id, startedAt, message } = open;
    const said = told(heartbeat);
    const durationMs = said.durationMs ?? (startedAt === null ? null : endedAt - startedAt);
    runs[at] = { ...said, id, run: open.run, startedAt, endedAt, is, durationMs, message: said.message ?? message };
    return;
  }
  const again = runs.some(
    (known) => run !== null && known.run === run && known.is === is && endedAt - (known.endedAt ?? 0) < repeatedMs,
  );
  if (!again) runs.push({ ...told(heartbeat), startedAt: null, endedAt, is });
}

/** Index of the open run that a report is about, the newest one; -1 when it is about none. */
function openOf(runs: readonly ToldRun[], run: string | null): number {
  return runs.findLastIndex((known) => known.is === "open" && known.run === run);
}

function told({ id, run, exitCode, durationMs, message, log, from }: Heartbeat) {
  return { id, run, exitCode, durationMs, message, printed: log, from };
}
