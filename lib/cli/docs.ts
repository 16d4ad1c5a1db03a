import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "#lib/cli/root.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { actionSchema, paramSchema, unitSchema } from "#lib/config/actions-schema.ts";
import { healingSchema, healSchema } from "#lib/config/heal-schema.ts";
import { hostSchema, reachSchema } from "#lib/config/schema.ts";
import { fillReference, optionTable, referenceTables, runbookTables } from "#lib/integrations/reference.ts";
import { registry } from "#lib/integrations/registry.ts";
import { providerKinds } from "#lib/secrets/registry.ts";

/** `pitwall docs`: fills the tables of each kind's page from its manifest, and says which pages changed. */
export function docs({ say }: Surroundings): number {
  for (const { page, tables } of generatedPages()) {
    const file = path.join(root, page);
    const before = readFileSync(file, "utf8");
    const after = fillReference(before, tables);
    if (after === before) continue;
    writeFileSync(file, after);
    say(`${page}: tables refilled`);
  }
  return 0;
}

/** Pages with tables made from schemas: of each kind, the providers of secrets, what may be reached, heals and declared remedies. */
export function generatedPages(): { readonly page: string; readonly tables: Readonly<Record<string, string>> }[] {
  const ofKinds = Object.entries(registry).map(([kind, { manifest }]) => ({
    page: `lib/integrations/${kind}/README.md`,
    tables: referenceTables(manifest),
  }));
  const providers = Object.values(providerKinds).map(({ kind, config }) => [kind, optionTable(config)]);
  const tables = Object.fromEntries([...providers, ["reach", optionTable(reachSchema)]]);
  const heal = { heal: optionTable(healSchema), "heal-all": optionTable(healingSchema) };
  const declared = {
    actions: optionTable(actionSchema),
    params: optionTable(paramSchema),
    units: optionTable(unitSchema),
    hosts: optionTable(hostSchema),
  };
  return [
    ...ofKinds,
    { page: "lib/secrets/README.md", tables },
    { page: "lib/remediation/README.md", tables: heal },
    { page: "lib/remediation/declared/README.md", tables: declared },
    { page: "lib/integrations/RUNBOOKS.md", tables: runbookTables() },
  ];
}
