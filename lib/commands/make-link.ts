import { randomUUID } from "node:crypto";
import type { Actor } from "#lib/access/actor.ts";
import { hashLinkSecret, newLinkSecret } from "#lib/access/link-secret.ts";
import { insertAudit } from "#lib/store/audit.ts";
import { dropLinks, insertLink, type LinkGives } from "#lib/store/one-time-links.ts";
import type { Store, Writing } from "#lib/store/open-store.ts";
import { findPersonByEmail, hasPeople, insertPerson, replaceGrants } from "#lib/store/people.ts";
import type { LinkPurpose } from "#lib/wire/sign-in.ts";

/** How long each kind of link works. */
export const linkLifeMs: Readonly<Record<LinkPurpose, number>> = {
  setup: 3_600_000,
  invite: 3 * 86_400_000,
  reset: 24 * 3_600_000,
  demo: 12 * 3_600_000,
};

/** Writes a link and returns its secret, of which there is no other copy. Links that it replaces work no longer. */
export async function writeLink(
  writing: Writing,
  actor: Actor,
  link: { readonly purpose: LinkPurpose; readonly userId: string | null; readonly gives?: LinkGives },
  now: number,
): Promise<string> {
  const secret = newLinkSecret();
  const { purpose, userId, gives = {} } = link;
  await dropLinks(writing, userId === null ? { purpose } : { userId });
  await insertLink(writing, {
    id: randomUUID(),
    secretHash: hashLinkSecret(secret),
    purpose,
    userId,
    gives,
    createdAt: now,
    createdBy: actor.name,
    expiresAt: now + linkLifeMs[purpose],
  });
  return secret;
}

/** The secret of a fresh link that makes the first account; `null` when somebody has one. */
export async function makeSetupLink(store: Store, actor: Actor, now: number): Promise<string | null> {
  return await store.write(async (writing) => {
    if (await hasPeople(writing)) return null;
    const secret = await writeLink(writing, actor, { purpose: "setup", userId: null }, now);
    await insertAudit(writing, { at: now, actor, command: "make-setup-link", target: "first account" });
    return secret;
  });
}

/** Who uses a demo. */
export const demoEmail = "demo@pitwall.localhost";

/** The secret of a fresh link that signs in the demo's own user, who is made with the first one. */
export async function makeDemoLink(store: Store, actor: Actor, now: number): Promise<string> {
  return await store.write(async (writing) => {
    const known = await findPersonByEmail(writing, demoEmail);
    const id = known?.id ?? randomUUID();
    if (known === null) {
      await insertPerson(writing, { id, name: "Demo", email: demoEmail, createdAt: now });
      const grants = [{ role: "admin", group: null }] as const;
      await replaceGrants(writing, id, { origin: "hand", grants, by: actor.name }, now);
    }
    await insertAudit(writing, { at: now, actor, command: "make-demo-link", target: demoEmail });
    return await writeLink(writing, actor, { purpose: "demo", userId: id }, now);
  });
}
