import type { Actor } from "#lib/access/actor.ts";
import { readAccessSettings } from "#lib/access/identity/settings.ts";
import type { Store } from "#lib/store/open-store.ts";
import { findPerson, listPasskeys } from "#lib/store/people.ts";
import { findOpenSession, listSessions } from "#lib/store/sessions.ts";
import { proofWays } from "#lib/views/proof-ways.ts";
import type { AccountView } from "#lib/wire/account.ts";

/** One's own account; `null` for whoever is no person with one. `token` is what this session's cookie holds. */
export async function accountView(
  store: Store,
  actor: Actor,
  token: string | null,
  now: number,
): Promise<AccountView | null> {
  const { id } = actor;
  if (actor.kind !== "person" || id === null) return null;
  return await store.read(async (reading) => {
    const person = await findPerson(reading, id);
    if (person === null) return null;
    const current = token === null ? null : await findOpenSession(reading, token, now);
    const { twoFactor: roles } = await readAccessSettings(reading);
    const sessions = await listSessions(reading, id, now);
    return {
      email: person.email,
      name: person.name,
      method: actor.method,
      grants: person.grants.map(({ role, group }) => ({ role, group })),
      hasPassword: person.hasPassword,
      proofs: await proofWays(reading, person),
      byProxy: person.vouchedBy.includes("proxy"),
      twoFactor: person.twoFactor,
      needsTwoFactor:
        !person.twoFactor && person.passkeys === 0 && person.grants.some(({ role }) => roles.includes(role)),
      passkeys: await listPasskeys(reading, id),
      sessions: sessions.map(({ userAgent, createdAt, expiresAt: _, ...session }) => ({
        ...session,
        openedAt: createdAt,
        current: session.id === current?.id,
        device: deviceOf(userAgent),
      })),
    };
  });
}

const browsers = [
  [/\bEdg\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bFirefox\//, "Firefox"],
  [/\bChrom(?:e|ium)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
  [/^curl\//, "curl"],
] as const;
const systems = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b|\biPad\b/, "iOS"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
] as const;

/** What a user agent says of itself, in two words that are ours. */
function deviceOf(userAgent: string | null): string {
  const said = (userAgent ?? "").slice(0, 500);
  const browser = browsers.find(([pattern]) => pattern.test(said))?.[1];
  const system = systems.find(([pattern]) => pattern.test(said))?.[1];
  if (browser === undefined && system === undefined) return "A program";
  return [browser ?? "A browser", ...(system === undefined ? [] : [`on ${system}`])].join(" ");
}
