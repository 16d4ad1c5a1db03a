/** Which kind of place an address is: pages carry scripts, the others do not. */
export type Place = "page" | "link" | "api" | "static";

export function placeOf(pathname: string): Place {
  if (pathname.startsWith("/api/")) return "api";
  if (pathname.startsWith("/_next/static/")) return "static";
  return pathname.startsWith("/s/") ? "link" : "page";
}

/** The headers of every answer, whatever it says. `nonce` is that of this one answer. */
export function answerHeaders(place: Place, secure: boolean, nonce: string): Record<string, string> {
  return {
    "content-security-policy": place === "page" || place === "link" ? pagePolicy(nonce) : bareDataPolicy,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    // The link of a shared snapshot is a secret, so no address may travel on.
    "referrer-policy": "no-referrer",
    "permissions-policy": permissions,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-permitted-cross-domain-policies": "none",
    ...(secure ? { "strict-transport-security": "max-age=31536000" } : {}),
    ...(place === "link" ? { "x-robots-tag": "noindex, nofollow, noarchive", "cache-control": "no-store" } : {}),
  };
}

/** Data runs nothing, shows nothing and is nobody's frame. */
const bareDataPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * What a page may do: run the scripts that carry this answer's nonce and what those load, and talk to this server alone.
 * Neither inline scripts nor inline styles run; text never becomes script (trusted types: `nextjs` is the name under which
 * Next turns an address into a script, `default` lets addresses of this build through: instrumentation-client.ts).
 */
export function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}' 'strict-dynamic'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types nextjs default",
  ].join("; ");
}

const permissions = [
  "accelerometer",
  "autoplay",
  "camera",
  "display-capture",
  "encrypted-media",
  "fullscreen",
  "geolocation",
  "gyroscope",
  "hid",
  "idle-detection",
  "local-fonts",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "screen-wake-lock",
  "serial",
  "usb",
  "xr-spatial-tracking",
]
  .map((feature) => `${feature}=()`)
  // A wall may stay awake and fill its screen; passkeys are asked for by this site alone.
  .map((rule) => (/^(fullscreen|screen-wake-lock)=/.test(rule) ? rule.replace("()", "(self)") : rule))
  .concat("publickey-credentials-get=(self)", "publickey-credentials-create=(self)", "clipboard-write=(self)")
  .join(", ");
