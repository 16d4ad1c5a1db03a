import path from "node:path";
import type { SecretsConfig } from "#lib/config/model.ts";
import { redactor } from "#lib/config/redactor.ts";
import { parseReference, resolveSecret, shortestSecret } from "#lib/config/secrets.ts";
import { err, type Result } from "#lib/core/result.ts";
import { createSecretKeeper } from "#lib/poller/secret-keeper.ts";
import type { Transports } from "#lib/transports/types.ts";

/** Resolves secrets, and takes every value it ever gave out of any text. */
export interface KnownSecrets {
  /** At once: `env:` and `file:` anew, those of a provider as it gave them last. */
  readonly resolve: (reference: string) => Result<string>;
  readonly redact: (text: string) => string;
  /** Asks providers from now on for what these references name; resolves when each was asked once, or after a few seconds. */
  readonly use: (
    references: readonly string[],
    providers: Readonly<Record<string, SecretsConfig>>,
    transports: Pick<Transports, "http" | "ssh">,
  ) => Promise<void>;
  /** Looks at what is due again. Returns the references whose value is another one now. */
  readonly look: () => Promise<readonly string[]>;
  /** Why values may be old; `null` when none is. */
  readonly trouble: () => string | null;
}

/** With leases of minutes every rotation brings another value; the oldest are long of no use to anybody. */
const mostValues = 2_000;

export function createKnownSecrets(
  configFile: string,
  env: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
): KnownSecrets {
  const values = new Set<string>();
  const warned = new Set<string>();
  const warnOnce = (message: string) => {
    if (warned.has(message)) return;
    warned.add(message);
    warn(message);
  };
  const place = { env, folder: path.dirname(configFile), warn: warnOnce };
  let redact: ((text: string) => string) | undefined;

  function hide(value: string): void {
    if (values.has(value)) return;
    values.add(value);
    const [oldest] = values;
    if (values.size > mostValues && oldest !== undefined) values.delete(oldest);
    redact = undefined;
  }

  function known(reference: string, found: Result<string>): Result<string> {
    if (!found.ok) return found;
    hide(found.value);
    if (found.value.length < shortestSecret) warnOnce(tooShort(reference));
    return found;
  }

  const direct = (reference: string) => known(reference, resolveSecret(reference, place));
  const keeper = createSecretKeeper({ env, folder: place.folder, secret: direct, hide });

  return {
    resolve: (reference) => {
      const parsed = parseReference(reference);
      const own = parsed === null || parsed.provider === "env" || parsed.provider === "file";
      return own ? direct(reference) : known(reference, keeper.value(reference) ?? err(notAsked(reference)));
    },
    redact: (text) => {
      redact ??= redactor(values);
      return redact(text);
    },
    use: keeper.use,
    look: keeper.look,
    trouble: keeper.trouble,
  };
}

function notAsked(reference: string) {
  return { kind: "secret-missing", what: `${reference} was not asked for yet` } as const;
}

export function tooShort(reference: string): string {
  return `${reference} has under ${shortestSecret} characters: it can be guessed, and is hidden only where it stands alone`;
}
