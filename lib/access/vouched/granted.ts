import { type Grant, roles } from "#lib/access/roles.ts";
import type { VouchedSettings } from "#lib/core/access-settings.ts";

/** Stands for everybody who comes in. */
const everybody = "*";

/** What a person's groups there are worth here: over each group, the highest of the roles they give. Pure. */
export function grantedBy(groups: readonly string[], given: VouchedSettings["roles"]): Grant[] {
  const highest = new Map<string | null, Grant>();
  for (const name of [everybody, ...groups]) {
    const grant = Object.hasOwn(given, name) ? given[name] : undefined;
    if (grant === undefined) continue;
    const { role, group } = grant;
    const known = highest.get(group);
    if (known === undefined || roles.indexOf(role) > roles.indexOf(known.role)) highest.set(group, { role, group });
  }
  return [...highest.values()];
}

/** Whether two lists grant the same, in whichever order. */
export function sameGrants(a: readonly Grant[], b: readonly Grant[]): boolean {
  const words = (grants: readonly Grant[]) => grants.map(({ role, group }) => JSON.stringify([role, group])).sort();
  return words(a).join() === words(b).join();
}
