import { runBenches } from "#e2e/bench/run-benches.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";

/** `pitwall bench`: measures what Pitwall costs, beside yardsticks of the same run. */
export async function bench(
  { say, complain }: Surroundings,
  { only, json = false }: { only?: string; json?: boolean },
): Promise<number> {
  return (await runBenches({ only, json, say, tell: complain })) ? 0 : 1;
}
