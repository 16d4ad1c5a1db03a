import { notFound } from "next/navigation";
import { PeoplePage } from "#components/settings/people-page.tsx";
import { groupsView } from "#lib/views/groups-view.ts";
import { peopleView } from "#lib/views/people-view.ts";
import { guardPage } from "../../../guard-page.ts";

/** People with an account, and what each may. */
export default async function Page() {
  const { store, actor, sight } = await guardPage("/settings/people");
  const people = await peopleView(store, actor);
  if (!people.ok) notFound();
  return <PeoplePage people={people.value} groups={await groupsView(store, sight)} />;
}
