import { RolesPage } from "#components/settings/roles-page.tsx";
import { mayAnywhere, roles } from "#lib/access/roles.ts";
import { whoMay } from "#lib/access/who-may.ts";
import { guardPage } from "../../../guard-page.ts";

/** What each role may. */
export default async function Page() {
  const { actor } = await guardPage("/settings/roles");
  return <RolesPage roles={roles} parts={whoMay()} administers={mayAnywhere(actor, "administer")} />;
}
