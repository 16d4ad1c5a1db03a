import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";

export interface SecretPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of pitwall.yaml: `file:` references that are not absolute start there. */
  readonly folder: string;
  /** Told once per look-up when a secret is less protected than it should be. */
  readonly warn?: (message: string) => void;
}

const maxSecretBytes = 65_536;
/** Shorter ones are also parts of common words, so that they cannot be taken out of texts for certain. */
export const shortestSecret = 4;

/** A reference taken apart at its first colon; `null` for what is none. */
export function parseReference(reference: string): { readonly provider: string; readonly locator: string } | null {
  const [, provider = "", locator = ""] = /^([a-z][a-z0-9-]{0,31}):(.+)$/s.exec(reference) ?? [];
  return provider === "" ? null : { provider, locator };
}

/**
 * The value behind `env:NAME` or `file:path`, without its trailing newline. Every failure is `secret-missing`, and its
 * sentence names the reference, never the value. An empty value counts as missing: it is what a forgotten variable looks like.
 */
export function resolveSecret(reference: string, place: SecretPlace): Result<string> {
  if (reference.startsWith("env:")) return fromEnvironment(reference.slice("env:".length), place);
  if (reference.startsWith("file:")) return fromFile(reference.slice("file:".length), place);
  return err(failure("secret-missing", "a secret must be a reference like env:NAME or file:path"));
}

function fromEnvironment(name: string, place: SecretPlace): Result<string> {
  const value = place.env[name]?.replace(/\r?\n$/, "");
  if (value === undefined) return err(failure("secret-missing", `the environment variable ${name} is not set`));
  if (value === "") return err(failure("secret-missing", `the environment variable ${name} is empty`));
  return ok(value);
}

function fromFile(name: string, place: SecretPlace): Result<string> {
  const file = path.resolve(place.folder, name);
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return err(failure("secret-missing", `${file} is not a file`));
    if (stat.size > maxSecretBytes)
      return err(failure("secret-missing", `${file} is over 64 kB, too large for a secret`));
    if ((stat.mode & 0o004) !== 0) place.warn?.(`${file} can be read by everybody on this machine; chmod 600 ${file}`);
    const value = readFileSync(file, "utf8").replace(/\r?\n$/, "");
    return value === "" ? err(failure("secret-missing", `${file} is empty`)) : ok(value);
  } catch (error) {
    return err(failure("secret-missing", whyUnreadable(file, error)));
  }
}

function whyUnreadable(file: string, error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case "ENOENT":
    case "ENOTDIR":
      return `there is no file ${file}`;
    case "EACCES":
    case "EPERM":
      return `${file} may not be read by this user`;
    default:
      return `${file} cannot be read`;
  }
}
