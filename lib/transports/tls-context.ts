import { createHash } from "node:crypto";
import tls from "node:tls";

/** Contexts with a bundle of their own that are kept ready at the same time. */
const maxContexts = 64;

/** Hands out what a TLS connection trusts. Building one parses every root certificate, so each is built once. */
export interface TlsContexts {
  /** `ca`: PEM bundle that is trusted beside the roots of Node and of the system. Throws when it is no PEM. */
  context(ca?: string): tls.SecureContext;
}

export function createTlsContexts(): TlsContexts {
  const built = new Map<string, tls.SecureContext>();
  let roots: string[] | undefined;
  return {
    context(ca = "") {
      const key = ca === "" ? "" : createHash("sha256").update(ca).digest("base64");
      const known = built.get(key);
      if (known) return known;
      roots ??= trustedRoots();
      const made = tls.createSecureContext({ ca: ca === "" ? roots : [...roots, ca] });
      const oldest = built.keys().next();
      if (built.size >= maxContexts && !oldest.done) built.delete(oldest.value);
      built.set(key, made);
      return made;
    },
  };
}

/** Node's own list, what NODE_EXTRA_CA_CERTS adds, and the system's store, where a company keeps its own authority. */
function trustedRoots(): string[] {
  return [...new Set([...tls.getCACertificates("default"), ...tls.getCACertificates("system")])];
}
