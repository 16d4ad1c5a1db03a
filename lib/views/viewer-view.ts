import type { Actor } from "#lib/access/actor.ts";
import { blockedWords, type Over } from "#lib/access/allowed.ts";
import { mayAnywhere, roles } from "#lib/access/roles.ts";
import type { Store } from "#lib/store/open-store.ts";
import { findPerson } from "#lib/store/people.ts";
import { proofWays } from "#lib/views/proof-ways.ts";
import type { Lacks, Viewer } from "#lib/wire/viewer.ts";

/** Who looks, and what he lacks over each of these groups. Throws the store's trouble. */
export async function viewerView(store: Store, actor: Actor, groups: Iterable<string | null>): Promise<Viewer> {
  const { id } = actor;
  const { name, proofs } = await store.read(async (reading) => {
    const person = id === null ? null : await findPerson(reading, id);
    return { name: person?.name ?? actor.name, proofs: await proofWays(reading, person) };
  });
  return viewerOf(actor, { name, proofs }, groups);
}

/** The same of somebody who is known. Pure. */
export function viewerOf(
  actor: Actor,
  { name, proofs }: Pick<Viewer, "name" | "proofs">,
  groups: Iterable<string | null>,
): Viewer {
  const named = new Set([...groups].filter((group) => group !== null));
  return {
    name,
    email: actor.name,
    proofs,
    role: roles.findLast((role) => actor.grants.some((grant) => grant.role === role)) ?? "no role yet",
    administers: mayAnywhere(actor, "administer"),
    groups: Object.fromEntries([...named].map((group) => [group, lacksOf(actor, { id: "", group })])),
    everywhere: lacksOf(actor, "all"),
    anywhere: lacksOf(actor, "own"),
  };
}

function lacksOf(actor: Actor, over: Over): Lacks {
  return {
    respond: blockedWords(actor, "mute-service", over),
    act: blockedWords(actor, "request-run", over, "low"),
    actAtHighRisk: blockedWords(actor, "request-run", over, "high"),
  };
}
