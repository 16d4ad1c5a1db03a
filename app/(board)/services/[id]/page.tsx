import { notFound } from "next/navigation";
import { ServicePage } from "#components/board/service-page.tsx";
import { boardAt } from "#lib/views/board-at.ts";
import { serviceView } from "#lib/views/service-view.ts";
import { guardPage } from "../../../guard-page.ts";
import { momentAsked, type SearchParams } from "../../../moment-asked.ts";

/** One service: its panel, why it is as it is, what can be done, and its history; with `?at=`, as it was then. */
export default async function Page({
  params,
  searchParams,
}: {
  readonly params: Promise<{ id: string }>;
  readonly searchParams: SearchParams;
}) {
  const now = Date.now();
  const { id } = await params;
  const { at, path } = await momentAsked(`/services/${id}`, searchParams, now);
  const { store, sight } = await guardPage("/services/[id]", path);
  const [view, moment] = await Promise.all([
    serviceView(store, sight, decodeURIComponent(id), now),
    at === null ? null : boardAt(store, sight, at),
  ]);
  if (!view.ok) notFound();
  return <ServicePage view={view.value} moment={moment} />;
}
