import { createServer } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { dropPrivileges } from "#e2e/lab/owner.ts";

/**
 * HAProxy's agent check for PostgreSQL: on each node's address it answers `100%` while that node takes writes and `0%`
 * otherwise, so that writes go to the primary only. (HAProxy's own pgsql-check cannot tell a primary from a replica.)
 * Arguments: lab folder, port to listen on, port of PostgreSQL, then `<address>=<socket folder>` per node.
 */
const [, , , port = "8008", pgPort = "5432", ...nodes] = process.argv;

async function connect(socketFolder: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: socketFolder,
    port: Number(pgPort),
    user: "haproxy",
    database: "postgres",
    application_name: "role-agent",
    connectionTimeoutMillis: 1_000,
    query_timeout: 1_000,
  });
  client.on("error", () => {}); // the next question on it fails, and it is replaced
  await client.connect();
  return client;
}

/** Asks twice a second over one connection, and forgets the answer as soon as a question fails. */
async function watch(socketFolder: string, tell: (writable: boolean) => void): Promise<never> {
  let client: pg.Client | undefined;
  for (;;) {
    try {
      client ??= await connect(socketFolder);
      const { rows } = await client.query("select pg_is_in_recovery() as recovering");
      tell(rows[0]?.recovering === false);
    } catch {
      tell(false);
      client?.end().catch(() => {});
      client = undefined;
    }
    await pause(500);
  }
}

dropPrivileges();
for (const node of nodes) {
  const [address = "", socketFolder = ""] = node.split("=");
  let writable = false;
  void watch(socketFolder, (answer) => {
    writable = answer;
  });
  createServer((socket) => {
    socket.on("error", () => socket.destroy()); // HAProxy resets the connection as soon as it has read the answer
    socket.end(writable ? "100%\n" : "0%\n");
  }).listen(Number(port), address);
}
process.once("SIGTERM", () => process.exit(0));
