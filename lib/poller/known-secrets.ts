import path from "node:path";
import { redactor, resolveSecret } from "#lib/config/secrets.ts";
import type { Result } from "#lib/core/result.ts";

/** Resolves secrets, and takes every value it ever gave out of any text. */
export interface KnownSecrets {
  readonly resolve: (reference: string) => Result<string>;
  readonly redact: (text: string) => string;
}

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
  let redact: (text: string) => string = (text) => text;
  return {
    resolve: (reference) => {
      const found = resolveSecret(reference, place);
      if (found.ok && !values.has(found.value)) {
        values.add(found.value);
        redact = redactor(values);
      }
      return found;
    },
    redact: (text) => redact(text),
  };
}
