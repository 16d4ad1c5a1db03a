import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { askVault, type VaultServer } from "#lib/secrets/vault/server.ts";

/** Keeps a token that Vault takes. */
export interface VaultLogin {
  readonly token: (signal: AbortSignal) => Promise<Result<string>>;
  /** Drops a token that was refused; `false` when another would be no different. */
  readonly forget: () => boolean;
}

interface Held {
  readonly token: string;
  /** When it is to be renewed; infinity: never. */
  readonly renewAt: number;
  readonly endsAt: number;
}

/** Part of its life after which a token is renewed. */
const renewAfter = 2 / 3;
const askAgainMs = 30_000;

/**
 * The token that the configuration refers to, or one that a role logs in for. Either is renewed in time where it can be. A
 * referenced one is read anew at each use, because the Vault agent replaces it in its file.
 */
export function createVaultLogin(server: VaultServer): VaultLogin {
  const { config, ways } = server;
  let held: Held | undefined;
  let coming: Promise<Result<string>> | undefined;

  async function freshToken(signal: AbortSignal): Promise<Result<string>> {
    const given = config.token === undefined ? undefined : ways.secret(config.token);
    if (given !== undefined && !given.ok) return given;
    if (given !== undefined && held?.token !== given.value) held = await lookUp(server, given.value, signal);
    const now = ways.tick();
    if (held !== undefined && now >= held.renewAt) held = (await renew(server, held, signal)) ?? ended(held, now);
    if (held !== undefined) return ok(held.token);
    if (given !== undefined) return given;
    const made = await logIn(server, signal);
    if (!made.ok) return made;
    held = made.value;
    return ok(held.token);
  }

  return {
    token: (signal) => {
      // All secrets are read at once, and one login is enough for them.
      coming ??= freshToken(signal).finally(() => {
        coming = undefined;
      });
      return coming;
    },
    forget: () => {
      if (config.appRole === undefined || held === undefined) return false;
      held = undefined;
      return true;
    },
  };
}

/** What could not be renewed is good until its end. */
function ended(held: Held, now: number): Held | undefined {
  return now >= held.endsAt ? undefined : { ...held, renewAt: Math.min(held.endsAt, now + askAgainMs) };
}

async function logIn(server: VaultServer, signal: AbortSignal): Promise<Result<Held>> {
  const { config, ways } = server;
  const { appRole } = config;
  if (appRole === undefined) return err(failure("secret-missing", "no token for Vault is configured"));
  const [roleId, secretId] = [ways.secret(appRole.roleId), ways.secret(appRole.secretId)];
  if (!roleId.ok) return roleId;
  if (!secretId.ok) return secretId;
  const body = { role_id: roleId.value, secret_id: secretId.value };
  const path = `auth/${appRole.mount}/login`;
  const answer = await askVault(server, { method: "POST", path, body }, signal);
  if (!answer.ok) return answer;
  const held = heldOf(server, answer.value.body.auth, "client_token");
  if (answer.value.status === 200 && held !== undefined) return ok(held);
  return err(failure("unauthorized", `Vault refused the login of the role at ${path} (${answer.value.status})`));
}

async function renew(server: VaultServer, { token }: Held, signal: AbortSignal): Promise<Held | undefined> {
  const answer = await askVault(server, { method: "POST", path: "auth/token/renew-self", token, body: {} }, signal);
  return answer.ok && answer.value.status === 200 ? heldOf(server, answer.value.body.auth, "client_token") : undefined;
}

/** A token that may not look itself up is used as it is. */
async function lookUp(server: VaultServer, token: string, signal: AbortSignal): Promise<Held> {
  const answer = await askVault(server, { method: "GET", path: "auth/token/lookup-self", token }, signal);
  const never = Number.POSITIVE_INFINITY;
  if (!answer.ok) return { token, renewAt: server.ways.tick() + askAgainMs, endsAt: never };
  const data = answer.value.status === 200 ? answer.value.body.data : undefined;
  const told = typeof data === "object" && data !== null ? { ...data, id: token } : { id: token };
  return heldOf(server, told, "id") ?? { token, renewAt: never, endsAt: never };
}

function heldOf({ ways }: VaultServer, auth: unknown, key: "client_token" | "id"): Held | undefined {
  const told = (typeof auth === "object" && auth !== null ? auth : {}) as Readonly<Record<string, unknown>>;
  const token = told[key];
  // It becomes a header, which takes no other signs.
  if (typeof token !== "string" || !/^[\x21-\x7e]{1,4096}$/.test(token)) return undefined;
  ways.hide(token);
  const seconds = Number(told.lease_duration ?? told.ttl ?? 0);
  const lifeMs = seconds > 0 ? seconds * 1_000 : Number.POSITIVE_INFINITY;
  const endsAt = ways.tick() + lifeMs;
  return { token, endsAt, renewAt: told.renewable === true ? ways.tick() + lifeMs * renewAfter : endsAt };
}
