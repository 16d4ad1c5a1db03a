import { notFound } from "next/navigation";
import { ServicePage } from "#components/board/service-page.tsx";
import { serviceView } from "#lib/views/service-view.ts";
import { guardPage } from "../../../guard-page.ts";

/** One service: its panel, why it is as it is, what can be done, and its history. */
export default async function Page({ params }: { readonly params: Promise<{ id: string }> }) {
  const { id } = await params;
  const { store, sight } = await guardPage("/services/[id]", `/services/${id}`);
  const view = await serviceView(store, sight, decodeURIComponent(id), Date.now());
  if (!view.ok) notFound();
  return <ServicePage view={view.value} />;
}
