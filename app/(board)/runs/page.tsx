import { RunsPage } from "#components/run/runs-page.tsx";
import { runsView } from "#lib/views/run-view.ts";
import { guardPage } from "../../guard-page.ts";

const shown = 100;

/** Everything that was done. */
export default async function Page() {
  const { store, sight } = await guardPage("/runs");
  return <RunsPage runs={await runsView(store, sight, { limit: shown })} />;
}
