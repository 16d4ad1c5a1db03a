import { notFound } from "next/navigation";
import { RunPage } from "#components/run/run-page.tsx";
import { runView } from "#lib/views/run-view.ts";
import { guardPage } from "../../../guard-page.ts";

/** One run, with its whole journal. */
export default async function Page({ params }: { readonly params: Promise<{ id: string }> }) {
  const { id } = await params;
  const { store, sight } = await guardPage("/runs/[id]", `/runs/${id}`);
  const run = await runView(store, sight, decodeURIComponent(id));
  if (!run.ok) notFound();
  return <RunPage run={run.value} />;
}
