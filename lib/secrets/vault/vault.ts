import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { type Provider, type ProviderWays, providerKind, type ReadSecret } from "#lib/secrets/provider.ts";
import { type VaultConfig, vaultConfig } from "#lib/secrets/vault/config.ts";
import { createVaultLogin, type VaultLogin } from "#lib/secrets/vault/login.ts";
import { askVault, type VaultServer } from "#lib/secrets/vault/server.ts";

const segment = /^[A-Za-z0-9_.~-]+$/;

/** HashiCorp Vault's key-value store, version 1 and 2, by its HTTP API. */
export const vault = providerKind({
  kind: "vault",
  about: "The key-value store of HashiCorp Vault, version 1 or 2.",
  config: vaultConfig,
  locator: "path and field, like kv/data/pg#password (version 1: kv/pg#password)",
  complaint: (_, locator) =>
    parseLocator(locator) === null ? "expected path and field, like kv/data/pg#password" : null,
  needs: ({ token, appRole, ca }: VaultConfig) =>
    [token, appRole?.roleId, appRole?.secretId, ca].filter((one) => one !== undefined),
  refreshMs: ({ refresh }) => refresh,
  open: openVault,
});

/** Several fields of one secret come from one answer. */
const sharedForMs = 1_000;

interface Fields {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly goodForMs: number | null;
}

function openVault(given: VaultConfig, ways: ProviderWays): Provider {
  const server: VaultServer = { config: given, ways };
  const login = createVaultLogin(server);
  const shared = new Map<string, { readonly at: number; readonly answer: Promise<Result<Fields>> }>();

  function fieldsOf(path: string, signal: AbortSignal): Promise<Result<Fields>> {
    const known = shared.get(path);
    if (known !== undefined && ways.tick() - known.at < sharedForMs) return known.answer;
    const answer = readPath(server, login, path, signal);
    shared.set(path, { at: ways.tick(), answer });
    return answer;
  }

  return {
    read: async (locator, signal): Promise<Result<ReadSecret>> => {
      const parsed = parseLocator(locator);
      if (parsed === null) return err(failure("secret-missing", "the reference names no path and field"));
      const { path, field } = parsed;
      const answer = await fieldsOf(path, signal);
      if (!answer.ok) return answer;
      const value = Object.hasOwn(answer.value.fields, field) ? answer.value.fields[field] : undefined;
      if ((typeof value === "string" && value !== "") || typeof value === "number") {
        return ok({ value: String(value), goodForMs: answer.value.goodForMs });
      }
      return err(failure("secret-missing", `Vault's ${path} has no field ${field} that is a text`));
    },
  };
}

async function readPath(
  server: VaultServer,
  login: VaultLogin,
  path: string,
  signal: AbortSignal,
): Promise<Result<Fields>> {
  for (let again = false; ; again = true) {
    const token = await login.token(signal);
    if (!token.ok) return token;
    const answer = await askVault(server, { method: "GET", path, token: token.value }, signal);
    if (!answer.ok) return answer;
    const { status, body } = answer.value;
    // A token that was revoked looks like one that lacks the right: a role logs in once more to find out.
    if (status === 403 && !again && login.forget()) continue;
    return status === 200 ? ok(fieldsIn(body)) : err(refusalOf(status, path));
  }
}

/** Version 2 wraps the fields once more, beside their metadata. */
function fieldsIn(body: Readonly<Record<string, unknown>>): Fields {
  const data = isMap(body.data) ? body.data : {};
  const fields = isMap(data.data) && isMap(data.metadata) ? data.data : data;
  const leaseS = body.lease_duration;
  return { fields, goodForMs: typeof leaseS === "number" && leaseS > 0 ? leaseS * 1_000 : null };
}

/** Status codes of Vault's HTTP API. */
function refusalOf(status: number, path: string): Failure {
  switch (status) {
    case 403:
      return failure("unauthorized", `Vault does not let this token read ${path}`);
    case 404:
      return failure(
        "secret-missing",
        `Vault has no secret at ${path} (with version 2 the path has \`data/\` after the mount)`,
      );
    case 307:
    case 429:
    case 472:
    case 473:
      return failure("unreachable", "this Vault is a standby; name the address that leads to the active one");
    case 503:
      return failure("starting-up", "Vault is sealed or in maintenance");
    default:
      return failure("malformed", `Vault answered with ${status}`);
  }
}

function parseLocator(locator: string): { readonly path: string; readonly field: string } | null {
  const [path = "", field = "", more] = locator.split("#");
  const parts = path.split("/");
  const good = parts.length > 1 && parts.every((part) => segment.test(part) && !/^\.+$/.test(part));
  return good && more === undefined && /^[^\s/]{1,200}$/.test(field) ? { path, field } : null;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
