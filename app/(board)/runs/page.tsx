import { RunsPage } from "#components/run/runs-page.tsx";
import { runsView } from "#lib/views/run-view.ts";
import { openedStore } from "../../store.ts";

const shown = 100;

/** Everything that was done. */
export default async function Page() {
  return <RunsPage runs={await runsView(await openedStore(), { limit: shown })} />;
}
