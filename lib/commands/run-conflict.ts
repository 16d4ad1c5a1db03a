import type { Reading } from "#lib/store/open-store.ts";
import { openRuns, type RunRow } from "#lib/store/runs.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Why a run may not begin now: another one that changes something of the same was asked for or confirmed before. */
export async function busyWith(reading: Reading, run: Pick<RunRow, "id" | "plan">): Promise<Refusal | null> {
  const touches = new Set(run.plan?.touches);
  const others = await openRuns(reading);
  const other = others.find(
    (one) => one.id !== run.id && goesOn(one) && one.plan?.touches.some((it) => touches.has(it)),
  );
  return other === undefined ? null : conflictWith(other);
}

/** The same, for a request whose plan is still to be made: a run of the very same that goes on, or is about to. */
export async function sameUnderWay(
  reading: Reading,
  wanted: Pick<RunRow, "serviceId" | "action" | "params">,
): Promise<Refusal | null> {
  const same = (one: RunRow) =>
    one.serviceId === wanted.serviceId &&
    one.action === wanted.action &&
    Object.entries(wanted.params).every(([name, value]) => one.params[name] === value);
  const other = (await openRuns(reading)).find((one) => same(one) && goesOn(one));
  return other === undefined ? null : conflictWith(other);
}

/** Whether nobody needs to say anything more for it to change something. */
function goesOn(run: RunRow): boolean {
  return run.mode === "run" || run.confirmedAt !== null;
}

function conflictWith(run: RunRow): Refusal {
  const by = run.confirmedBy ?? run.actor.name;
  return { code: "conflict", detail: `“${run.title}” of ${run.serviceName} is under way, by ${by} (run ${run.id})` };
}
