import { type Role, roles } from "#lib/core/role.ts";

export { type Role, roles } from "#lib/core/role.ts";

/**
 * What a door asks for. `anyone` needs no sign-in; `look` to `administer` are earned by a role; the last ones are held by
 * machines alone, each by a token made for it.
 */
export const permissions = [
  "anyone",
  "look",
  "respond",
  "act",
  "act-at-high-risk",
  "administer",
  "send-events",
  "send-heartbeats",
  "request-polls",
  "watch",
] as const;
export type Permission = (typeof permissions)[number];

/** The lowest role that has it; `null`: no role has, a token of that name is needed. */
const lowestRole: Readonly<Record<Exclude<Permission, "anyone">, Role | null>> = {
  look: "viewer",
  respond: "responder",
  act: "responder",
  "act-at-high-risk": "operator",
  administer: "admin",
  "send-events": null,
  "send-heartbeats": null,
  "request-polls": null,
  watch: null,
};

/** The lowest role that has a permission; `null` where none has it: a machine's door, or one that is open to anyone. */
export function roleFor(permission: Permission): Role | null {
  return permission === "anyone" ? null : lowestRole[permission];
}

/** One role, over all services or over those of one group. */
export interface Grant {
  readonly role: Role;
  /** `null`: over all services, those without a group among them. */
  readonly group: string | null;
}

/** Who may, apart from who he is: what roles and tokens add up to. */
export interface Holder {
  readonly grants: readonly Grant[];
  /** Permissions of a machine's token. */
  readonly holds: readonly Permission[];
  /** Ids of the only services that a machine's token is for; absent: for all. */
  readonly only?: readonly string[];
  /** What a wall's token shows: the services of that group, `null` for all. It opens no door by itself. */
  readonly watches?: { readonly group: string | null };
}

/** Whether the holder may do that to a service of that group. A service without one (`null`) takes a grant over all. */
export function may(holder: Holder, permission: Permission, group: string | null): boolean {
  return hasBy(holder, permission, (grant) => grant.group === null || grant.group === group);
}

/** Whether there is any service he may do it to: the first question at a door, before the service is known. */
export function mayAnywhere(holder: Holder, permission: Permission): boolean {
  return hasBy(holder, permission, () => true);
}

function hasBy(holder: Holder, permission: Permission, covers: (grant: Grant) => boolean): boolean {
  if (permission === "anyone" || holder.holds.includes(permission)) return true;
  const needed = lowestRole[permission];
  return needed !== null && holder.grants.some((grant) => isAtLeast(grant.role, needed) && covers(grant));
}

function isAtLeast(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}
