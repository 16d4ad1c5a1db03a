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
