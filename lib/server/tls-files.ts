import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { createSecureContext } from "node:tls";
import type { FrontConfig } from "#lib/config/model.ts";
import { err, ok, type Result } from "#lib/core/result.ts";

/** A certificate with its chain and its key, as PEM, that belong together. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

/** Reads both files and looks whether they fit. The error is a sentence that names the files and none of their content. */
export async function readCredentials(tls: NonNullable<FrontConfig["tls"]>): Promise<Result<Credentials, string>> {
  const read = (file: string) => readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => cause);
  const [cert, key] = await Promise.all([read(tls.certFile), read(tls.keyFile)]);
  if (typeof cert !== "string") return err(`${tls.certFile} cannot be read (${cert.code})`);
  if (typeof key !== "string") return err(`${tls.keyFile} cannot be read (${key.code})`);
  const weakness = weaknessOf(cert);
  if (weakness !== null) return err(`${tls.certFile} ${weakness}`);
  try {
    createSecureContext({ cert, key });
    return ok({ cert, key });
  } catch {
    return err(`${tls.keyFile} holds no key without a pass phrase that fits the certificate of ${tls.certFile}`);
  }
}

/** What of a certificate is refused; `null` when it may be used. Browsers ask for no less. */
function weaknessOf(pem: string): string | null {
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = new X509Certificate(pem).publicKey;
    const bits = details?.modulusLength ?? Number.POSITIVE_INFINITY;
    return bits < leastRsaBits
      ? `holds an ${type?.toUpperCase()} key of ${bits} bits; ${leastRsaBits} are the least`
      : null;
  } catch {
    return "holds no certificate in PEM";
  }
}

const leastRsaBits = 2_048;

/**
 * Looks until the signal aborts whether the files changed, and tells the new ones once they fit each other: a renewal
 * writes one after the other. It looks instead of asking the kernel, as `watchConfig` does and for the same reasons.
 */
export async function watchCredentials(
  tls: () => FrontConfig["tls"],
  known: Credentials,
  told: (result: Result<Credentials, string>) => void,
  { signal, everyMs = 5_000 }: { readonly signal: AbortSignal; readonly everyMs?: number },
): Promise<void> {
  let used = known;
  let complaint: string | null = null;
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    const files = tls();
    if (signal.aborted || files === null) continue;
    const read = await readCredentials(files);
    if (!read.ok) {
      if (read.error !== complaint) told(read);
      complaint = read.error;
    } else if (read.value.cert !== used.cert || read.value.key !== used.key) {
      used = read.value;
      complaint = null;
      told(read);
    } else complaint = null;
  }
}
