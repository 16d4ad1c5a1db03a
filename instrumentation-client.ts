/**
 * What libraries must know of the pages' policy before any of them runs: Next loads this file first in the browser.
 */
import { config } from "zod";

declare global {
  var __webpack_nonce__: string | undefined;
}

// Dialogs lock the page's scrolling by a style element; the library that makes it asks this global name for the nonce.
globalThis.__webpack_nonce__ = document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce;
// Otherwise zod tries whether text may become a function, and each try counts as a violation.
config({ jitless: true });

interface TrustedTypes {
  readonly createPolicy: (name: string, rules: { createScriptURL: (url: string) => string | null }) => unknown;
}

// React and the loader of chunks set addresses of scripts as plain text when somebody goes to another page. Those of this
// build may; no other address, no markup and no text becomes script.
(globalThis as { readonly trustedTypes?: TrustedTypes }).trustedTypes?.createPolicy("default", {
  createScriptURL: (url) => {
    const { origin, pathname } = new URL(url, location.origin);
    return origin === location.origin && pathname.startsWith("/_next/static/") ? url : null;
  },
});
