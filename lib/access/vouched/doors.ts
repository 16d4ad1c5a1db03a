import type { BetterAuthPlugin } from "better-auth";
import type { Actor } from "#lib/access/actor.ts";
import { oidcSecretPlace } from "#lib/access/identity/settings.ts";
import type { Keyring } from "#lib/access/keyring.ts";
import { readSealed } from "#lib/access/sealed.ts";
import { type NotedRefusal, oidcDoor } from "#lib/access/vouched/oidc-door.ts";
import type { Admission, NotAdmitted, VouchedPerson, Voucher } from "#lib/access/vouched/person.ts";
import { createOidcProvider, type OidcProvider } from "#lib/access/vouched/provider.ts";
import type { ProviderFetch } from "#lib/access/vouched/provider-fetch.ts";
import { proxyDoor } from "#lib/access/vouched/proxy-door.ts";
import type { AccessSettings } from "#lib/core/access-settings.ts";
import type { Result } from "#lib/core/result.ts";
import type { Store } from "#lib/store/open-store.ts";
import { findOpenSession } from "#lib/store/sessions.ts";

export interface VouchedDoorsParts {
  readonly store: Store;
  readonly settings: AccessSettings;
  readonly origin: string;
  /** Opens what the poller sealed for us: the secret of the provider's client. */
  readonly keyring: Keyring;
  readonly fetch: ProviderFetch;
  readonly admit: (
    store: Store,
    voucher: Voucher,
    person: VouchedPerson,
    admission: Admission,
  ) => Promise<Result<{ readonly userId: string }, NotAdmitted>>;
  readonly now: () => number;
}

export interface VouchedDoors {
  readonly provider: OidcProvider | null;
  readonly plugins: readonly BetterAuthPlugin[];
}

/** The ways in by the word of an OpenID provider and of a proxy, as far as they are configured. */
export function vouchedDoors({ store, settings, origin, keyring, fetch, admit, now }: VouchedDoorsParts): VouchedDoors {
  const { oidc, proxyHeader } = settings;
  const secret = () => store.read((reading) => readSealed(reading, keyring, oidcSecretPlace));
  const provider = oidc === null ? null : createOidcProvider(oidc, fetch, secret, now);
  const holderOf = async (token: string, at: number) =>
    (await store.read((reading) => findOpenSession(reading, token, at)))?.userId ?? null;
  const noteBy = (method: "oidc" | "proxy") => (noted: NotedRefusal) => note(store, method, noted, now());
  const plugins: BetterAuthPlugin[] = [];
  if (provider !== null) {
    const voucher: Voucher = { ...provider.settings, place: "access: oidc: roles" };
    const entering = { admit: admit.bind(null, store, voucher), noteRefusal: noteBy("oidc"), now };
    plugins.push(oidcDoor({ provider, origin, holderOf, ...entering }));
  }
  if (proxyHeader !== null) {
    const voucher: Voucher = { ...proxyHeader, name: "The proxy in front", place: "access: proxyHeader: roles" };
    plugins.push(proxyDoor({ admit: admit.bind(null, store, voucher), noteRefusal: noteBy("proxy"), now }));
  }
  return { provider, plugins };
}

async function note(store: Store, method: "oidc" | "proxy", noted: NotedRefusal, at: number): Promise<void> {
  const { refusal, who, from } = noted;
  const name = who ?? "somebody";
  const actor: Actor = { kind: "person", id: null, name, from, method, provedAt: null, grants: [], holds: [] };
  await store.refuse({ actor, command: "sign-in", target: name, at }, refusal);
}
