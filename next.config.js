/** @type {import("next").NextConfig} */
export default {
  poweredByHeader: false,
  // The web process's own front (lib/server) packs answers and writes the headers of each.
  compress: false,
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
};
