import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import { type Failure, failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import type { HttpCertificate } from "#lib/transports/types.ts";

/** Longest chain that is looked at, and most names: both come from the other side. */
const maxChain = 16;
const maxNames = 100;

/** The certificate the other side showed and what is wrong with it; `null` when it showed none. */
export function readCertificate(socket: TLSSocket): HttpCertificate | null {
  const leaf = socket.getPeerCertificate(true);
  if (!leaf.valid_to) return null;
  const names = alternativeNames(leaf);
  return {
    subject: nameOf(leaf.subject) ?? names[0] ?? "",
    issuer: nameOf(leaf.issuer) ?? "",
    validFrom: Date.parse(leaf.valid_from),
    validTo: earliestEnd(leaf),
    names,
    error: verificationError(socket),
  };
}

/** Why a certificate is not trusted, as a failure that names the fact: the date, the names, the missing authority. */
export function certificateFailure(certificate: HttpCertificate | null, hostname: string, place: string): Failure {
  if (!certificate) return failure("tls", `${place} showed no certificate`);
  const shown = `the certificate of ${place}`;
  switch (certificate.error) {
    case "CERT_HAS_EXPIRED":
      return failure("tls", `${shown} expired on ${new Date(certificate.validTo).toISOString().slice(0, 10)}`);
    case "CERT_NOT_YET_VALID":
      return failure(
        "tls",
        `${shown} is valid only from ${new Date(certificate.validFrom).toISOString().slice(0, 10)}`,
      );
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return failure("tls", `${shown} is for ${certificate.names.slice(0, 5).join(", ")}, not for ${hostname}`);
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return failure("tls", `${shown} is self-signed`);
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      return failure("tls", `${shown} is signed by an authority that is not trusted here (${certificate.issuer})`);
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return failure("tls", `${shown} comes without its intermediate, or its authority is not trusted here`);
    default:
      return failure("tls", `${shown} is not trusted (${certificate.error})`);
  }
}

/** Node's code, `CERT_HAS_EXPIRED`. Node types it as an Error, but sets the code where there is one. */
function verificationError(socket: TLSSocket): string | null {
  const found: unknown = socket.authorizationError;
  if (found === null || found === undefined) return null;
  return found instanceof Error ? found.message : String(found);
}

function earliestEnd(leaf: DetailedPeerCertificate): number {
  let earliest = Date.parse(leaf.valid_to);
  let certificate = leaf;
  for (let depth = 0; depth < maxChain; depth += 1) {
    const issuer = certificate.issuerCertificate;
    // Node ends a complete chain with a root that is its own issuer.
    if (!issuer || issuer === certificate) break;
    earliest = Math.min(earliest, Date.parse(issuer.valid_to));
    certificate = issuer;
  }
  return earliest;
}

function alternativeNames(leaf: DetailedPeerCertificate): string[] {
  if (!leaf.subjectaltname) return [];
  const found = [...leaf.subjectaltname.slice(0, 65_536).matchAll(/(?:DNS|IP Address):([^,\s]+)/g)];
  return found.slice(0, maxNames).map((match) => foreignLine(match[1] as string, 256));
}

function nameOf(subject: DetailedPeerCertificate["subject"] | undefined): string | undefined {
  const name: unknown = subject?.CN ?? subject?.O ?? subject?.OU;
  const text = Array.isArray(name) ? name.join(", ") : name;
  return typeof text === "string" ? foreignLine(text, 256) : undefined;
}
