import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { root } from "#lib/cli/root.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { fillReference, referenceTables } from "#lib/integrations/reference.ts";
import { registry } from "#lib/integrations/registry.ts";

/** `pitwall docs`: fills the tables of each kind's page from its manifest, and says which pages changed. */
export function docs({ say }: Surroundings): number {
  for (const [kind, { manifest }] of Object.entries(registry)) {
    const file = path.join(root, "lib/integrations", kind, "README.md");
    const before = readFileSync(file, "utf8");
    const after = fillReference(before, referenceTables(manifest));
    if (after === before) continue;
    writeFileSync(file, after);
    say(`lib/integrations/${kind}/README.md: tables refilled`);
  }
  return 0;
}
