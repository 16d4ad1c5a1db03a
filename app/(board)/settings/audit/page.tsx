import { notFound } from "next/navigation";
import { AuditPage } from "#components/audit/audit-page.tsx";
import { auditCommandsView, auditView } from "#lib/views/audit-view.ts";
import { auditAsked } from "#lib/wire/audit.ts";
import { guardPage } from "../../../guard-page.ts";

/** Who did what. The filter stands in the address, so that it can be sent on. */
export default async function Page({
  searchParams,
}: {
  readonly searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { store, actor } = await guardPage("/settings/audit");
  const asked = await searchParams;
  const parsed = auditAsked.safeParse(asked);
  const page = auditView(store, actor, parsed.success ? parsed.data : {});
  if (!page.ok) notFound();
  const words = Object.entries(asked).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : [],
  );
  return (
    <AuditPage
      page={page.value}
      asked={Object.fromEntries(words)}
      wrong={parsed.success ? null : (parsed.error.issues[0]?.message ?? "not understood")}
      commands={auditCommandsView(store)}
    />
  );
}
