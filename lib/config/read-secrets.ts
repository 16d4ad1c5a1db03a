import { type Complaint, describeValue } from "#lib/config/complaint.ts";
import { explainIssues } from "#lib/config/explain.ts";
import { providerJsonSchema } from "#lib/config/json-schema.ts";
import type { SecretsConfig } from "#lib/config/model.ts";
import { providerName } from "#lib/config/schema.ts";
import { nearest } from "#lib/core/nearest.ts";
import { providerKinds } from "#lib/secrets/registry.ts";

/** The entries under `secrets`; what is wrong with them goes to `complaints`. */
export function readSecrets(value: unknown, complaints: Complaint[]): Record<string, SecretsConfig> {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    const message = `\`secrets\`: expected a map of providers by name, found ${describeValue(value)}`;
    complaints.push({ path: ["secrets"], at: "value", message });
    return {};
  }
  const read: Record<string, SecretsConfig> = {};
  for (const [name, raw] of Object.entries(value)) {
    const named = providerName.safeParse(name);
    if (!named.success) {
      const message = `provider \`${name.slice(0, 40)}\`: ${named.error.issues[0]?.message}`;
      complaints.push({ path: ["secrets", name], at: "key", message });
    }
    const entry = readEntry(name, raw, complaints);
    if (named.success && entry !== undefined) read[name] = entry;
  }
  return read;
}

function readEntry(name: string, raw: unknown, complaints: Complaint[]): SecretsConfig | undefined {
  const path = ["secrets", name];
  if (raw !== null && (typeof raw !== "object" || Array.isArray(raw))) {
    const message = `provider \`${name.slice(0, 40)}\`: expected a map, found ${describeValue(raw)}`;
    complaints.push({ path, at: "value", message });
    return undefined;
  }
  const { provider = name, ...own } = (raw ?? {}) as Readonly<Record<string, unknown>>;
  const kind =
    typeof provider === "string" && Object.hasOwn(providerKinds, provider) ? providerKinds[provider] : undefined;
  if (kind === undefined) {
    complaints.push(unknownProvider(provider, raw, path));
    return undefined;
  }
  const parsed = kind.config.safeParse(own);
  if (parsed.success) return { provider: kind.kind, config: parsed.data };
  complaints.push(...explainIssues(parsed.error.issues, raw ?? {}, providerJsonSchema(kind), path));
  return undefined;
}

function unknownProvider(provider: unknown, raw: unknown, path: readonly string[]): Complaint {
  const kinds = Object.keys(providerKinds);
  const near = typeof provider === "string" ? nearest(provider, kinds) : undefined;
  const hint = near === undefined ? `; possible are ${kinds.join(", ")}` : ` — did you mean \`${near}\`?`;
  const told = typeof raw === "object" && raw !== null && "provider" in raw;
  const message = told
    ? `unknown provider ${describeValue(provider)}${hint}`
    : `\`provider\` is missing: expected one of ${kinds.join(", ")}`;
  return { path: told ? [...path, "provider"] : [...path], at: "value", message };
}
