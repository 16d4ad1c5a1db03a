import type { FoundDependency } from "#lib/core/subject.ts";
import type { FoundDependency as Stored } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import type { Row } from "#lib/store/row.ts";

/** Found dependencies by the id of the dependent service, refused ones included and marked. */
export async function listFoundDependencies({ prepare }: Reading): Promise<Map<string, FoundDependency[]>> {
  const all = `SELECT * FROM "FoundDependency" WHERE "found" IS NOT NULL ORDER BY "serviceId", "dependsOn"`;
  const rows = prepare(all).all() as Row<Stored>[];
  const found = new Map<string, FoundDependency[]>();
  for (const row of rows) found.set(row.serviceId, [...(found.get(row.serviceId) ?? []), toFound(row)]);
  return found;
}

/** What was found of one pair; `null` when nothing was. */
export async function findFoundDependency(
  { prepare }: Reading,
  serviceId: string,
  dependsOn: string,
): Promise<FoundDependency | null> {
  const one = `SELECT * FROM "FoundDependency" WHERE "serviceId" = ? AND "dependsOn" = ? AND "found" IS NOT NULL`;
  const row = prepare(one).get(serviceId, dependsOn) as Row<Stored> | undefined;
  return row === undefined ? null : toFound(row);
}

/** Makes what is stored as found that of `wanted`, and what the configuration refuses that of `refused`; people's refusals stay. */
export async function replaceFoundDependencies(
  writing: Writing,
  wanted: ReadonlyMap<string, readonly FoundDependency[]>,
  refused: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  const { db } = writing;
  const touched = new Set<string>();
  const open = new Map((await db.foundDependency.findMany()).map((row) => [keyOf(row.serviceId, row.dependsOn), row]));
  for (const [serviceId, list] of wanted) {
    for (const { id: dependsOn, refused: _, ...found } of list) {
      const row = open.get(keyOf(serviceId, dependsOn));
      open.delete(keyOf(serviceId, dependsOn));
      const data = {
        found: JSON.stringify(found),
        refusedByConfig: refused.get(serviceId)?.includes(dependsOn) ?? false,
      };
      if (row?.found === data.found && row.refusedByConfig === data.refusedByConfig) continue;
      touched.add(serviceId);
      await db.foundDependency.upsert({
        where: { serviceId_dependsOn: { serviceId, dependsOn } },
        create: { serviceId, dependsOn, ...data },
        update: data,
      });
    }
  }
  for (const { serviceId, dependsOn, found, refusedBy } of open.values()) {
    const where = { serviceId_dependsOn: { serviceId, dependsOn } };
    if (refusedBy === null) await db.foundDependency.delete({ where });
    else if (found !== null) await db.foundDependency.update({ where, data: { found: null, refusedByConfig: false } });
    else continue;
    touched.add(serviceId);
  }
  await touch(writing, [...touched]);
}

/** A person's word on a found dependency: none (`by` and `at`), or one after all (`null`). */
export async function setRefused(
  writing: Writing,
  pair: { readonly serviceId: string; readonly dependsOn: string },
  refused: { readonly by: string; readonly at: number } | null,
): Promise<void> {
  const data = { refusedBy: refused?.by ?? null, refusedAt: refused === null ? null : new Date(refused.at) };
  await writing.db.foundDependency.update({ where: { serviceId_dependsOn: pair }, data });
  await touch(writing, [pair.serviceId]);
}

/** So that open pages learn of it. */
async function touch({ db, seq }: Writing, serviceIds: string[]): Promise<void> {
  if (serviceIds.length === 0) return;
  await db.service.updateMany({ where: { id: { in: serviceIds } }, data: { seq: BigInt(seq) } });
}

function keyOf(serviceId: string, dependsOn: string): string {
  return `${serviceId} ${dependsOn}`;
}

function toFound({ dependsOn, found, refusedByConfig, refusedBy }: Row<Stored>): FoundDependency {
  const told = JSON.parse(found ?? "{}") as Omit<FoundDependency, "id" | "refused">;
  const refused = refusedByConfig === 1 ? "config" : refusedBy !== null ? "person" : undefined;
  return { id: dependsOn, ...told, ...(refused === undefined ? {} : { refused }) };
}
