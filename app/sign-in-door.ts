import { randomBytes } from "node:crypto";
import path from "node:path";
import { createPasswordHasher } from "#lib/access/identity/argon2.ts";
import { type LeakedPasswords, openLeakedPasswords } from "#lib/access/identity/leaked-passwords.ts";
import { oneTimeLinks } from "#lib/access/identity/one-time-links.ts";
import { originOf } from "#lib/access/identity/origin.ts";
import { passwordObjection } from "#lib/access/identity/password-rules.ts";
import { rotation } from "#lib/access/identity/rotation.ts";
import { readAccessSettings } from "#lib/access/identity/settings.ts";
import { createSignInDoor, type SignInDoor } from "#lib/access/identity/sign-in-door.ts";
import { createSignInLimits } from "#lib/access/identity/sign-in-limits.ts";
import { type Keyring, openKeyring } from "#lib/access/keyring.ts";
import { ensureSealed } from "#lib/access/sealed.ts";
import { vouchedDoors } from "#lib/access/vouched/doors.ts";
import { createProviderFetch } from "#lib/access/vouched/provider-fetch.ts";
import { admitPerson } from "#lib/commands/admit-person.ts";
import { lookAtLink, type PasswordParts, redeemLink } from "#lib/commands/redeem-link.ts";
import { readEnv } from "#lib/config/env.ts";
import type { AccessSettings } from "#lib/core/access-settings.ts";
import type { Store } from "#lib/store/open-store.ts";
import { createHttp } from "#lib/transports/http.ts";
import { createReach } from "#lib/transports/reach.ts";
import { openedStore } from "./store.ts";

/** A machine with two cores keeps one for the board while somebody guesses passwords. */
const hashing = { atOnce: 2, waiting: 30 } as const;
const mostOrigins = 8;

const hasher = createPasswordHasher(hashing);
const limits = createSignInLimits();
const opened = new Map<string, Promise<SignInDoor>>();
let leaked: LeakedPasswords | undefined;

/** What new passwords are judged and hashed with in this process. */
export const passwords: PasswordParts = {
  hash: hasher.hash,
  objection: (password, words) => {
    leaked ??= openLeakedPasswords(path.join(process.cwd(), "lib/access/identity/leaked-passwords.bin"));
    return passwordObjection(password, words, leaked);
  },
};

/** The door of `/api/auth` under the name that this request came by; made when it is first asked for. */
export async function signInDoor(headers: Headers): Promise<SignInDoor> {
  const store = await openedStore();
  const settings = await store.read(readAccessSettings);
  const origin = originOf(headers);
  const name = `${origin} ${JSON.stringify(settings)}`;
  const known = opened.get(name);
  if (known !== undefined) return await known;
  if (opened.size >= mostOrigins) opened.clear();
  const door = makeDoor(store, origin, settings).catch((cause) => {
    opened.delete(name);
    throw cause;
  });
  opened.set(name, door);
  return await door;
}

async function makeDoor(store: Store, origin: string, settings: AccessSettings): Promise<SignInDoor> {
  const links = oneTimeLinks({
    look: (secret, now) => lookAtLink(store, secret, now),
    use: (given, from, now) => redeemLink(store, passwords, given, { from, now }),
  });
  const keyring = openedKeyring();
  const vouched = vouchedDoors({
    store,
    settings,
    origin,
    keyring,
    fetch: createProviderFetch(createHttp(createReach(settings.reach))),
    admit: admitPerson,
    now: Date.now,
  });
  return createSignInDoor({
    store,
    secret: await signingSecret(store, keyring),
    origin,
    settings,
    objection: passwords.objection,
    hasher,
    limits,
    plugins: [links, ...vouched.plugins, rotation()],
    onUntold: (cause) => console.error("a try to sign in could not be audited", cause),
    provider: vouched.provider,
    now: () => Date.now(),
  });
}

/** Signs cookies; it is sealed in the store under a key from outside it. */
async function signingSecret(store: Store, keyring: Keyring): Promise<string> {
  const place = { purpose: "sign-in", id: "cookies" };
  const make = () => randomBytes(32).toString("base64url");
  const secret = await ensureSealed(store, keyring, place, make, Date.now());
  if (!secret.ok) throw new Error(secret.error);
  return secret.value;
}

function openedKeyring(): Keyring {
  const env = readEnv(process.env, process.cwd());
  if (!env.ok) throw new Error(env.error.join("; "));
  return openKeyring(env.value.keysFile);
}
