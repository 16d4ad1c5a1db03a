import { z } from "zod";
import { parseDurationMs } from "#lib/core/duration.ts";

/** A reference that needs no provider, for what a provider needs itself. */
export const ownReference = z
  .string()
  .regex(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$/,
    "expected a reference like env:NAME or file:/path, never the secret itself",
  )
  .meta({ secret: true, examples: ["env:PITWALL_VAULT_TOKEN", "file:/etc/pitwall/vault-token"] });

/**
 * A reference to a secret: `env:NAME`, `file:/path`, or by an entry under `secrets`: `vault:kv/data/pg#password`. The value
 * itself never stands in pitwall.yaml.
 */
export const secretReference = z
  .string()
  .regex(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+|(?!env:|file:)[a-z][a-z0-9-]{0,31}:[^\s/].*)$/,
    "expected a reference like env:NAME, file:/path or vault:path#field, never the secret itself",
  )
  .meta({ secret: true, examples: ["env:PITWALL_PG_PASSWORD", "file:/etc/pitwall/pg-password"] });

/** A duration such as `5s`; the parsed value is milliseconds. */
export const duration = z
  .string()
  .refine((text) => parseDurationMs(text) !== undefined, "expected a duration like 500ms, 5s, 2min, 1h or 7d")
  .transform((text) => parseDurationMs(text) as number)
  .meta({ pattern: "^\\d+(\\.\\d+)?\\s*(ms|s|min|m|h|d|y)$", examples: ["5s"] });

/** Name of a host under `hosts:`, or `local` for the machine Pitwall runs on. */
export const hostReference = z.string().min(1).meta({ host: true });

export const port = z.number().int().min(1).max(65_535);
