import { readFileSync } from "node:fs";
import pg from "pg";
import { accountsTable } from "#e2e/lab/accounts.ts";
import { dropPrivileges } from "#e2e/lab/owner.ts";

/** Sessions that misbehave, until it is ended or they are. Arguments: lab folder, address, port, password file, scene. */
const [, , , address = "127.0.0.1", port = "5432", passwordFile = "", scene = ""] = process.argv;
const password = readFileSync(passwordFile, "utf8").trim();

async function open(application: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: address,
    port: Number(port),
    user: "app",
    password,
    database: "app",
    application_name: application,
    connectionTimeoutMillis: 15_000,
  });
  client.on("error", () => {}); // whoever ends it is welcome
  await client.connect();
  return client;
}

async function blockOthers(): Promise<void> {
  const holder = await open("batch-job");
  // A lab without load has no table yet.
  await holder.query(accountsTable);
  await holder.query("begin");
  await holder.query("update accounts set balance = balance where id = 1");
  const waiting = [1, 2, 3].map(async (n) => {
    const client = await open(`checkout-${n}`);
    await client.query("begin");
    await client.query(`update accounts set balance = balance + ${n} where id = 1`);
    await client.query("commit");
    await client.end();
  });
  await Promise.allSettled(waiting);
}

async function reportForLong(): Promise<void> {
  const client = await open("report");
  await client.query(accountsTable);
  await client.query("begin");
  await client.query("select count(*), pg_sleep(3600) from accounts");
}

dropPrivileges();
process.once("SIGTERM", () => process.exit(0));
try {
  await (scene === "blocked" ? blockOthers() : reportForLong());
} catch (error) {
  console.log(`ended: ${error instanceof Error ? error.message : String(error)}`);
}
process.exit(0);
