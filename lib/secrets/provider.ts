import type { z } from "zod";
import type { Result } from "#lib/core/result.ts";
import type { HttpTransport, SshTransport } from "#lib/transports/types.ts";

/**
 * A place that secrets come from, one entry under `secrets:` of pitwall.yaml. A new kind is a file beside this one and a line
 * in `registry.ts`. What a reference says after the entry's name and a colon is its locator: `vault:kv/data/pg#password`.
 */
export interface ProviderKind<Config = unknown> {
  /** The word of `provider:`. */
  readonly kind: string;
  /** One sentence for documentation and editors. */
  readonly about: string;
  /** Strict object of the keys of such an entry. Each has `.describe()`; defaults stand here and nowhere else. */
  readonly config: z.ZodType<Config>;
  /** A locator in words and by example: `the path and the field, like kv/data/pg#password`. */
  readonly locator: string;
  /** What is wrong with a locator, as far as can be told without asking; `null` when nothing is. */
  readonly complaint: (config: Config, locator: string) => string | null;
  /** The `env:` and `file:` references that it needs itself. */
  readonly needs: (config: Config) => readonly string[];
  /** How long a value is good before it is asked for again, unless the provider says less. */
  readonly refreshMs: (config: Config) => number;
  readonly open: (config: Config, ways: ProviderWays) => Provider;
}

/** One that is in use. */
export interface Provider {
  /** Failures: `secret-missing` when it says that there is none, otherwise why it could not be asked. Never quotes a value. */
  readonly read: (locator: string, signal: AbortSignal) => Promise<Result<ReadSecret>>;
}

export interface ReadSecret {
  readonly value: string;
  /** For how long it is good, where the provider says so. */
  readonly goodForMs: number | null;
}

/** What a provider is handed to reach the world. */
export interface ProviderWays {
  readonly http: HttpTransport;
  /** Runs commands on `local`. */
  readonly ssh: SshTransport;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of pitwall.yaml: paths that are not absolute start there. */
  readonly folder: string;
  /** Resolves `env:NAME` and `file:path`, nothing else. */
  readonly secret: (reference: string) => Result<string>;
  /** Takes a value that the provider came by itself, a token for instance, out of every text from now on. */
  readonly hide: (value: string) => void;
  /** Monotonic milliseconds. */
  readonly tick: () => number;
}

/** Most of a secret. */
export const maxSecretBytes = 65_536;

/** Ties a kind's typed parts together and forgets the type, which only the kind itself knows. */
export function providerKind<Config>(kind: ProviderKind<Config>): ProviderKind {
  return kind as unknown as ProviderKind;
}
