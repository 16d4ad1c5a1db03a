import { headers } from "next/headers";
import { ApiPage } from "#components/settings/api-page.tsx";
import { apiReference } from "#lib/access/api-reference.ts";
import { originOf } from "#lib/access/identity/origin.ts";
import { openApi } from "#lib/access/openapi.ts";
import { mayAnywhere } from "#lib/access/roles.ts";
import { pitwallVersion } from "#lib/access/version.ts";
import { guardPage } from "../../../guard-page.ts";

/** The doors do not change while this process runs. */
const reference = apiReference(openApi(pitwallVersion));

/** Every door of the API, for people. */
export default async function Page() {
  const { actor } = await guardPage("/settings/api");
  const administers = mayAnywhere(actor, "administer");
  return <ApiPage reference={reference} origin={originOf(await headers())} administers={administers} />;
}
