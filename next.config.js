/** Sent with every answer: a board is nobody's frame, leaks no address, and runs no script but its own. */
const headers = [
  { key: "X-Content-Type-Options", value: "nosniff" },
  { key: "X-Frame-Options", value: "DENY" },
  // The link of a shared snapshot is a secret, so no address may travel on.
  { key: "Referrer-Policy", value: "no-referrer" },
  { key: "Permissions-Policy", value: "camera=(), microphone=(), geolocation=(), payment=(), usb=()" },
  { key: "Cross-Origin-Opener-Policy", value: "same-origin" },
  {
    key: "Content-Security-Policy",
    // Next streams its data in inline scripts, hence 'unsafe-inline'; everything else comes from this server alone.
    value: [
      "default-src 'self'",
      "script-src 'self' 'unsafe-inline'",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data: blob:",
      "font-src 'self' data:",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ].join("; "),
  },
];

/** @type {import("next").NextConfig} */
export default {
  poweredByHeader: false,
  compress: true,
  agentRules: false,
  // Native or dynamic-require packages stay outside the bundle and are loaded from node_modules.
  serverExternalPackages: [
    "better-auth",
    "@better-auth/passkey",
    "better-sqlite3",
    "@prisma/adapter-better-sqlite3",
    "@prisma/client",
    "pg",
    "ssh2",
  ],
  turbopack: { root: import.meta.dirname },
  headers: async () => [{ source: "/:path*", headers }],
};
