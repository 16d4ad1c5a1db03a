import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import pg from "pg";
import { accountsTable } from "#e2e/lab/accounts.ts";
import { dropPrivileges } from "#e2e/lab/owner.ts";

/**
 * Writes as pgbench does: moves an amount between accounts, adds a line to the history, a few times a second, for ever.
 * The tables stay small. Connects anew by itself. Arguments: lab folder, address, port, password file.
 */
const [, , , address = "127.0.0.1", port = "5432", passwordFile = ""] = process.argv;
const password = readFileSync(passwordFile, "utf8").trim();

const tables = `${accountsTable}
  create table if not exists history (id bigint generated always as identity primary key, account int not null, amount int not null, at timestamptz not null default now());`;

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({
    host: address,
    port: Number(port),
    user: "app",
    password,
    database: "app",
    application_name: "writer",
    connectionTimeoutMillis: 3_000,
    query_timeout: 5_000,
  });
  client.on("error", () => {}); // the next statement fails, and the connection is replaced
  try {
    await client.connect();
    await client.query(tables);
    return client;
  } catch (error) {
    client.end().catch(() => {});
    throw error;
  }
}

async function write(client: pg.Client, turn: number): Promise<void> {
  const account = 1 + Math.floor(Math.random() * 1_000);
  const amount = Math.floor(Math.random() * 200) - 100;
  await client.query("begin");
  await client.query("update accounts set balance = balance + $1 where id = $2", [amount, account]);
  await client.query("insert into history (account, amount) values ($1, $2)", [account, amount]);
  await client.query("commit");
  if (turn % 500 === 0) await client.query("delete from history where at < now() - interval '10 min'");
}

dropPrivileges();
process.once("SIGTERM", () => process.exit(0));
let client: pg.Client | undefined;
let lastError = "";
for (let turn = 1; ; turn++) {
  try {
    client ??= await connect();
    await write(client, turn);
    if (lastError !== "") console.log("writes again");
    lastError = "";
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message !== lastError) console.log(`cannot write: ${message}`);
    lastError = message;
    client?.end().catch(() => {});
    client = undefined;
  }
  await pause(client ? 200 : 500);
}
