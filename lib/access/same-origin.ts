/**
 * Whether a request that changes something may have come from where it says. A browser tells the origin of the page that
 * sent it (`Sec-Fetch-Site`, `Origin`); a script sends neither and passes. Returns why not, or `null`.
 */
export function crossOriginReason(headers: Headers): string | null {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return `the page is ${site} to this address`;
  const origin = headers.get("origin");
  if (origin === null) return null;
  const host = headers.get("host");
  return hostOf(origin) === host ? null : `the page's origin is ${origin.slice(0, 200)}`;
}

/**
 * A page of a foreign name can be made to resolve to this machine's own address (DNS rebinding), and then counts as same
 * origin. It cannot hide the name it asked for: names that mean this machine and plain addresses pass, others do not.
 * Returns the refused name, or `null`.
 */
export function untrustedHost(headers: Headers): string | null {
  const host = headers.get("host") ?? "";
  const name = host.replace(/:\d+$/, "").toLowerCase();
  if (name === "localhost" || name.endsWith(".localhost") || isAddress(name)) return null;
  return name.slice(0, 200);
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^\[[0-9a-f:.]+\]$/.test(name);
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host : null;
}
