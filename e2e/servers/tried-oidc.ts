import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { type OpenIdProvider, providerVisitor } from "#e2e/servers/openid-provider.ts";
import { identify } from "#lib/access/identify.ts";
import { rotation } from "#lib/access/identity/rotation.ts";
import { oidcSecretPlace, usualSettings } from "#lib/access/identity/settings.ts";
import { createSignInDoor } from "#lib/access/identity/sign-in-door.ts";
import { createSignInLimits } from "#lib/access/identity/sign-in-limits.ts";
import { makeKey, openKeyring, writeKeys } from "#lib/access/keyring.ts";
import { writeSealed } from "#lib/access/sealed.ts";
import { vouchedDoors } from "#lib/access/vouched/doors.ts";
import { createProviderFetch } from "#lib/access/vouched/provider-fetch.ts";
import { admitPerson } from "#lib/commands/admit-person.ts";
import type { AccessSettings, OidcSettings } from "#lib/core/access-settings.ts";
import { writeAccessSettings } from "#lib/store/access-settings.ts";
import { listAudit } from "#lib/store/audit.ts";
import { migrateStore } from "#lib/store/migrate.ts";
import { openStore } from "#lib/store/open-store.ts";
import { createHttp } from "#lib/transports/http.ts";
import { createReach } from "#lib/transports/reach.ts";
import { toldRefusal } from "#lib/wire/sign-in.ts";

export const origin = "http://127.0.0.1:3000";
export const clientSecret = "the secret of the client, which nobody guesses";

export interface Tried {
  readonly oidc?: Partial<OidcSettings>;
  readonly settings?: Partial<AccessSettings>;
  /** How long the provider is waited for. */
  readonly timeoutMs?: number;
}

/** The door of signing in with that provider, a real better-auth on a real store; `browser` is one that keeps its cookies. */
export async function triedOidc(
  t: TestContext,
  provider: Pick<OpenIdProvider, "issuer">,
  { oidc = {}, settings = {}, timeoutMs }: Tried = {},
) {
  const folder = await mkdtemp(path.join(tmpdir(), "pitwall-oidc-"));
  const file = path.join(folder, "pitwall.db");
  await copyFile(await migrated(), file);
  const store = await openStore({ file });
  t.after(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  const clock = { now: Date.now() };
  const all: AccessSettings = {
    ...usualSettings,
    reach: onLoopback,
    ...settings,
    oidc: {
      name: "Company SSO",
      issuer: provider.issuer,
      clientId: "pitwall",
      hasSecret: true,
      scopes: ["openid", "profile", "email"],
      groupsClaim: "groups",
      roles: { ops: { role: "admin", group: null }, data: { role: "operator", group: "Data" } },
      linkByEmail: false,
      require: { acr: [], amr: [] },
      ...oidc,
    },
  };
  await store.write((writing) => writeAccessSettings(writing, all, clock.now));
  const keysFile = path.join(folder, "keys");
  writeKeys(keysFile, [makeKey(clock.now)]);
  const keyring = openKeyring(keysFile);
  const keepSecret = (value: string) =>
    store.write((writing) => writeSealed(writing, keyring, oidcSecretPlace, value, clock.now));
  await keepSecret(clientSecret);
  const vouched = vouchedDoors({
    store,
    settings: all,
    origin,
    keyring,
    fetch: createProviderFetch(createHttp(createReach(all.reach)), timeoutMs),
    admit: admitPerson,
    now: () => clock.now,
  });
  const door = createSignInDoor({
    store,
    origin,
    secret: "a secret of the test, long enough to sign with",
    settings: all,
    hasher: { hash: async () => "never", verify: async () => false },
    objection: () => null,
    limits: createSignInLimits(),
    plugins: [...vouched.plugins, rotation()],
    provider: vouched.provider,
    onUntold: () => undefined,
    now: () => clock.now,
  });
  const browser = (from = "192.0.2.1") => {
    const cookies = new Map<string, string>();
    const atProvider = providerVisitor(provider);
    const headers = () =>
      new Headers({
        origin,
        "content-type": "application/json",
        "x-pitwall-from": from,
        cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; "),
      });
    const ask = async (at: string, body?: unknown) => {
      const method = body === undefined ? "GET" : "POST";
      const init = { method, headers: headers(), ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
      const answer = await door(new Request(new URL(at, `${origin}/api/auth/`), init));
      for (const line of answer.ok ? answer.value.headers.getSetCookie() : []) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (/max-age=0/i.test(line)) cookies.delete(name);
        else cookies.set(name, value);
      }
      return answer;
    };
    const begin = async (body: object = {}) => {
      const begun = await ask("/api/auth/oidc/begin", body);
      assert.ok(begun.ok, JSON.stringify(begun));
      return ((await begun.value.json()) as { url: string }).url;
    };
    /** Comes back with what the provider said; tells where that leads. */
    const come = async (back: string) => {
      const answer = await ask(back.slice(origin.length));
      assert.ok(answer.ok, JSON.stringify(answer));
      return answer.value.headers.get("location") ?? "";
    };
    const refusal = async () => {
      const answer = await ask("/api/auth/oidc/refusal", {});
      assert.ok(answer.ok, JSON.stringify(answer));
      return toldRefusal.parse(((await answer.value.json()) as { told: unknown }).told);
    };
    return {
      ask,
      cookies,
      headers,
      atProvider,
      begin,
      come,
      refusal,
      signIn: async (login: string | null, body: object = {}) =>
        await come(await atProvider.signIn(await begin(body), login)),
      who: () => identify(store, headers(), clock.now),
    };
  };
  const audited = async () => await store.read((reading) => listAudit(reading, 20));
  return { store, browser, clock, keepSecret, door, audited, settings: all };
}

let template: Promise<string> | undefined;

/** An empty store of this version, made once for all tests of a file: each takes a copy. */
function migrated(): Promise<string> {
  template ??= mkdtemp(path.join(tmpdir(), "pitwall-oidc-empty-")).then(async (folder) => {
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, "pitwall.db");
    await migrateStore(file);
    return file;
  });
  return template;
}
