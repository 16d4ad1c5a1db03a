import type { Actor } from "#lib/access/actor.ts";
import type { Role } from "#lib/access/roles.ts";

/** Somebody signed in at this machine with one role over one group, or over everything. */
export function person(name: string, role: Role = "admin", group: string | null = null): Actor {
  const at = { from: "127.0.0.1", method: "password", provedAt: Date.now() } as const;
  return { kind: "person", id: `id-of-${name}`, name, ...at, grants: [{ role, group }], holds: [] };
}
