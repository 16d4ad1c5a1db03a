import { notFound } from "next/navigation";
import { RunPage } from "#components/run/run-page.tsx";
import { runView } from "#lib/views/run-view.ts";
import { openedStore } from "../../../store.ts";

/** One run, with its whole journal. */
export default async function Page({ params }: { readonly params: Promise<{ id: string }> }) {
  const run = await runView(await openedStore(), decodeURIComponent((await params).id));
  if (!run.ok) notFound();
  return <RunPage run={run.value} />;
}
