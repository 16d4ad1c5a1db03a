import { type Lab, ports } from "#e2e/lab/layout.ts";
import { end, pidOf, startProgram } from "#e2e/lab/process.ts";
import { until } from "#e2e/lab/until.ts";

export const searchProcess = "search";

/** Starts the search service if it does not run, and waits until it says green. */
export async function startSearch(lab: Lab): Promise<void> {
  if (pidOf(lab, searchProcess) === null) {
    startProgram(lab, searchProcess, "search-server.ts", [lab.addresses.search, String(ports.search)]);
  }
  await until("the search service says green", () => searchIsGreen(lab));
}

export async function stopSearch(lab: Lab): Promise<void> {
  await end(lab, searchProcess);
}

/** Asks the service itself; `false` also when it does not answer within three seconds. */
export async function searchIsGreen(lab: Pick<Lab, "addresses">): Promise<boolean> {
  try {
    const answer = await fetch(`http://${lab.addresses.search}:${ports.search}/_cluster/health`, {
      signal: AbortSignal.timeout(3_000),
    });
    return answer.ok && ((await answer.json()) as { status?: string }).status === "green";
  } catch {
    return false;
  }
}
