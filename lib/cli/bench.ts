import { runBenches } from "#e2e/bench/run-benches.ts";
import { LabError } from "#e2e/lab/lab-error.ts";
import { installPackages, missingBenchPackages } from "#e2e/lab/packages.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";

/** `pitwall bench`: measures what Pitwall costs, beside yardsticks of the same run, on servers and a browser that are installed first. */
export async function bench(
  { say, complain, signal }: Surroundings,
  { only, json = false }: { only?: string; json?: boolean },
): Promise<number> {
  try {
    installPackages({ say: complain, missing: missingBenchPackages() });
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    complain(`bench: ${error.message}`);
    return 1;
  }
  return (await runBenches({ only, json, signal, say, tell: complain })) ? 0 : 1;
}
