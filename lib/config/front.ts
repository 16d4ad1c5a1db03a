import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { z } from "zod";
import { accessConfigOf, accessSchema } from "#lib/config/access-schema.ts";
import type { SecretCheck } from "#lib/config/check-secrets.ts";
import type { Complaint } from "#lib/config/complaint.ts";
import { explainIssues } from "#lib/config/explain.ts";
import { proxySchema, tlsSchema, urlSchema } from "#lib/config/front-schema.ts";
import { inputSchema } from "#lib/config/json-schema.ts";
import type { FrontConfig } from "#lib/config/model.ts";
import { readYaml, yamlBounds } from "#lib/config/yaml-source.ts";

export const noFront: FrontConfig = { urls: [], tls: null, trustedProxies: [], userHeaders: null };

/** What `url`, `tls` and `proxy` of a file mean; mistakes are added to `complaints`. Files are looked for by `exists`. */
export function readFront(
  root: Readonly<Record<string, unknown>>,
  file: string,
  complaints: Complaint[],
  exists: SecretCheck,
): FrontConfig {
  const url = parsed(urlSchema.optional(), root, "url", complaints);
  const tls = parsed(tlsSchema.optional(), root, "tls", complaints);
  const proxy = parsed(proxySchema.optional(), root, "proxy", complaints);
  const folder = path.dirname(file);
  const absolute = (name: string) => path.resolve(folder, name.replace(/^file:/, ""));
  for (const [key, name] of Object.entries(tls ?? {})) {
    const found = exists(`file:${absolute(name)}`);
    if (!found.ok) complaints.push({ path: ["tls", key], at: "value", message: `\`tls.${key}\`: ${found.error.what}` });
  }
  return {
    urls: url === undefined ? [] : [...new Set([url].flat())],
    tls: tls === undefined ? null : { certFile: absolute(tls.cert), keyFile: absolute(tls.key) },
    trustedProxies: proxy?.trust ?? [],
    userHeaders: userHeadersIn(root.access),
  };
}

/**
 * The same from the file alone, for the process that faces browsers: it knows no kind of service and looks up no secret.
 * `null` when the file cannot be read or these keys have mistakes, which whoever checks the whole file reports.
 */
export function frontOfFile(file: string): FrontConfig | null {
  const text = readText(file);
  const source = text === null ? null : readYaml(text);
  if (source === null || source.problems.length > 0) return null;
  const { value } = source;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  if (!accessSchema.safeParse((value as Record<string, unknown>).access ?? {}).success) return null;
  const complaints: Complaint[] = [];
  const front = readFront(value as Record<string, unknown>, file, complaints, () => ({ ok: true, value: undefined }));
  return complaints.length === 0 ? front : null;
}

/** Mistakes in it are told by whoever reads all of `access`; headers that may be mistaken are not believed. */
function userHeadersIn(access: unknown): FrontConfig["userHeaders"] {
  const parsed = accessSchema.safeParse(access ?? {});
  return parsed.success
    ? (accessConfigOf(parsed.data, { allow: [], deny: [] }).settings.proxyHeader?.headers ?? null)
    : null;
}

function readText(file: string): string | null {
  try {
    return statSync(file).size > yamlBounds.bytes ? null : readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return null;
  }
}

function parsed<T>(
  schema: z.ZodType<T>,
  root: Readonly<Record<string, unknown>>,
  key: string,
  complaints: Complaint[],
): T | undefined {
  const value = root[key] ?? undefined;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  complaints.push(...explainIssues(result.error.issues, value, inputSchema(schema), [key]));
  return undefined;
}
