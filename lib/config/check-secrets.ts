import { leaves, marked, noSuch, type ReadService } from "#lib/config/checks.ts";
import { bounded, type Complaint } from "#lib/config/complaint.ts";
import type { PitwallConfig } from "#lib/config/model.ts";
import { parseReference } from "#lib/config/secrets.ts";
import type { Path } from "#lib/config/yaml-source.ts";
import type { Result } from "#lib/core/result.ts";
import { providerKinds } from "#lib/secrets/registry.ts";

/** Whether an `env:` or `file:` reference leads anywhere; a failure says why not, in a sentence without the value. */
export type SecretCheck = (reference: string) => Result<unknown>;

export interface SecretLookUp {
  readonly secrets: PitwallConfig["secrets"];
  readonly exists: SecretCheck;
}

/** References to secrets that lead nowhere, as far as can be told without asking a provider. */
export function checkSecrets(hosts: unknown, services: readonly ReadService[], lookUp: SecretLookUp): Complaint[] {
  const ofHosts = leaves(hosts).flatMap(([at, value]) =>
    at.length === 2 && (at[1] === "key" || at[1] === "actKey") ? [[["hosts", ...at], value] as const] : [],
  );
  const ofServices = services.flatMap(({ schema, raw, path }) =>
    marked(schema, raw, "secret").map(([at, value]) => [[...path, ...at], value] as const),
  );
  return [...ofHosts, ...ofServices].flatMap(([path, reference]) => checkReference(path, reference, lookUp));
}

/** The secret of the OpenID client, when one is named. */
export function checkOidcSecret(reference: string | null, lookUp: SecretLookUp): Complaint[] {
  return checkReference(["access", "oidc", "clientSecret"], reference ?? undefined, lookUp);
}

/** The token that opens the door for markers, when one is named. */
export function checkEventsToken(reference: string | undefined, lookUp: SecretLookUp): Complaint[] {
  return checkReference(["events", "token"], reference, lookUp);
}

/** What the providers need themselves. */
export function checkOwnSecrets(value: unknown, secrets: PitwallConfig["secrets"], exists: SecretCheck): Complaint[] {
  return Object.entries(secrets).flatMap(([name, { provider, config }]) =>
    (providerKinds[provider]?.needs(config) ?? []).flatMap((reference) => {
      const at = leaves(value).find(([path, leaf]) => path[0] === name && leaf === reference)?.[0] ?? [name];
      return missing(["secrets", ...at], reference, exists);
    }),
  );
}

function checkReference(path: Path, reference: unknown, { secrets, exists }: SecretLookUp): Complaint[] {
  if (typeof reference !== "string") return [];
  const parsed = parseReference(reference);
  if (parsed === null) return [];
  const { provider: name, locator } = parsed;
  if (name === "env" || name === "file") return missing(path, reference, exists);
  const entry = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
  if (entry === undefined) {
    // What stands before a colon may be half of a secret that was pasted in: it is not repeated unless it is near a name.
    const near = noSuch("", name, ["env", "file", ...Object.keys(secrets)], path).nearest;
    const hint = near === undefined ? "" : ` — did you mean \`${near}:\`?`;
    const message = `\`${path.at(-1)}\`: no entry under \`secrets\` has the name before the colon${hint}`;
    return [{ path, at: "value", message, found: "[not shown]", ...(near === undefined ? {} : { nearest: near }) }];
  }
  const why = providerKinds[entry.provider]?.complaint(entry.config, locator) ?? null;
  if (why === null) return [];
  const message = `\`${path.at(-1)}\`: the reference ${bounded(reference)}: ${why}`;
  return [{ path, at: "value", message, found: bounded(reference) }];
}

function missing(path: Path, reference: string, exists: SecretCheck): Complaint[] {
  const result = exists(reference);
  if (result.ok) return [];
  const message = `\`${path.at(-1)}\`: the secret ${bounded(reference)} is missing: ${result.error.what}`;
  return [{ path, at: "value" as const, message, found: bounded(reference) }];
}
