import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after, before, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { ok } from "#lib/core/result.ts";
import { failed, succeeded } from "#lib/transports/fault-injection/outcome.ts";
import { type PostgresCluster, startPostgres } from "#lib/transports/fault-injection/postgres-cluster.ts";
import { answering, rawServer } from "#lib/transports/fault-injection/raw-server.ts";
import { type KeyPair, makeKeyPair, type Sshd, startSshd } from "#lib/transports/fault-injection/sshd.ts";
import { createTransports, type OwnedTransports } from "#lib/transports/transports.ts";
import type { Bounds, PostgresTarget } from "#lib/transports/types.ts";

const folder = mkdtempSync(path.join(tmpdir(), "pitwall-pg-keys-"));
const key: KeyPair = makeKeyPair(folder, "key");
let cluster: PostgresCluster;
let sshd: Sshd;

before(async () => {
  [cluster, sshd] = await Promise.all([
    startPostgres(["max_connections=12", "superuser_reserved_connections=3", "max_wal_senders=0"]),
    startSshd("db", key),
  ]);
  const setup = createTransports({ reach: onLoopback, hosts: {}, secret: () => ok("") });
  for (const sql of ["CREATE ROLE monitor LOGIN PASSWORD 'monpass'", "CREATE TABLE visits (n int)"]) {
    succeeded(await setup.postgres.query(target({ access: "writable" }), sql, [], bounds()));
  }
  await setup.close();
});
after(async () => {
  await Promise.all([cluster?.stop(), sshd?.stop()]);
  rmSync(folder, { recursive: true });
});

function bounds(more: Partial<Bounds> = {}): Bounds {
  return { timeoutMs: 20_000, maxBytes: 1_000_000, signal: new AbortController().signal, ...more };
}

function target(more: Partial<PostgresTarget> = {}): PostgresTarget {
  return { host: "127.0.0.1", port: cluster.port, database: "postgres", ...cluster.owner, ...more };
}

const monitor = () => target({ user: "monitor", password: "monpass" });

function transportsOf(t: TestContext): OwnedTransports {
  const transports = createTransports({
    reach: onLoopback,
    hosts: { db: sshd.host },
    secret: () => ok(key.privateKey),
  });
  t.after(() => transports.close());
  return transports;
}

const pid = "SELECT pg_backend_pid() AS pid";

test("rows come back over one warm session that names itself and is read-only", async (t) => {
  const { postgres } = transportsOf(t);
  const sql = `SELECT pg_backend_pid() AS pid, $1::int + 1 AS sum, current_setting('application_name') AS name,
    current_setting('default_transaction_read_only') AS read_only`;
  const [first] = succeeded(await postgres.query<{ pid: number }>(target(), sql, [4], bounds()));
  assert.ok(first);
  assert.deepEqual({ ...first, pid: 0 }, { pid: 0, sum: 5, name: "pitwall", read_only: "on" });
  const all = await Promise.all(
    Array.from({ length: 20 }, () => postgres.query<{ pid: number }>(target(), pid, [], bounds())),
  );
  assert.deepEqual(new Set(all.map((result) => succeeded(result)[0]?.pid)), new Set([first.pid]));
  assert.equal(
    failed(await postgres.query(target(), "INSERT INTO visits VALUES (1)", [], bounds()), "command-failed").said,
    "cannot execute INSERT in a read-only transaction",
  );
});

test("a writable session has to be asked for, and is another one", async (t) => {
  const { postgres } = transportsOf(t);
  succeeded(await postgres.query(target({ access: "writable" }), "INSERT INTO visits VALUES (1)", [], bounds()));
  failed(await postgres.query(target(), "INSERT INTO visits VALUES (1)", [], bounds()), "command-failed");
});

test("text with a second statement in it is refused whole", async (t) => {
  const { postgres } = transportsOf(t);
  failed(
    await postgres.query(
      target(),
      "SET default_transaction_read_only = off; INSERT INTO visits VALUES (1)",
      [],
      bounds(),
    ),
    "command-failed",
  );
});

test("TLS is used where it is wanted, and a certificate nobody vouches for is refused when it is to be verified", async (t) => {
  const { postgres } = transportsOf(t);
  const encrypted = async (tls: PostgresTarget["tls"], host = "127.0.0.1") => {
    const sql = "SELECT coalesce(ssl, false) AS ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    return succeeded(await postgres.query(target({ host, ...(tls ? { tls } : {}) }), sql, [], bounds()))[0]?.ssl;
  };
  assert.equal(await encrypted(undefined), true);
  assert.equal(await encrypted("require"), true);
  assert.equal(await encrypted("off"), false);
  assert.equal(await encrypted("prefer", cluster.socketFolder), false);
  failed(await postgres.query(target({ tls: "verify" }), pid, [], bounds()), "tls");
  assert.match(
    failed(await postgres.query(target({ host: cluster.socketFolder, tls: "require" }), pid, [], bounds()), "tls").what,
    /does not offer TLS$/,
  );
});

test("a database behind an ssh host is reached by its forwarding", async (t) => {
  const { postgres } = transportsOf(t);
  succeeded(await postgres.query(target({ via: "db" }), pid, [], bounds()));
  succeeded(await postgres.query(target({ via: "db", tls: "off" }), pid, [], bounds()));
  succeeded(await postgres.query(target({ via: "db", host: cluster.socketFolder }), pid, [], bounds()));
  failed(await postgres.query(target({ via: "db", port: 1 }), pid, [], bounds()), "refused");
  failed(await postgres.query(target({ via: "unheard-of" }), pid, [], bounds()), "name-not-found");
});

test("wrong password, unknown role, no password, no database, no right and no table are told apart", async (t) => {
  const { postgres } = transportsOf(t);
  const ask = (to: PostgresTarget, sql = pid) => postgres.query(to, sql, [], bounds());
  assert.match(
    failed(await ask(target({ password: "wrong" })), "unauthorized").what,
    /refused the password of role postgres$/,
  );
  failed(await ask(target({ user: "nobody" })), "unauthorized");
  const { password: _, ...without } = target();
  assert.match(failed(await ask(without), "unauthorized").what, /wants a password and none is configured/);
  failed(await ask(target({ database: "nowhere" })), "no-such-object");
  assert.match(
    failed(await ask(monitor(), "SELECT * FROM visits"), "missing-grant").what,
    /^role monitor lacks a grant/,
  );
  failed(await ask(monitor(), "SELECT * FROM nowhere"), "no-such-object");
  failed(await ask(monitor(), "SELECT pg_promote_all()"), "no-such-object");
  failed(await ask(monitor(), "SELEC 1"), "command-failed");
});

test("a new password is taken at the next login", async (t) => {
  const { postgres } = transportsOf(t);
  failed(await postgres.query(target({ password: "old" }), pid, [], bounds()), "unauthorized");
  succeeded(await postgres.query(target(), pid, [], bounds()));
});

test("a password that was changed while a session stands is tried at once", async (t) => {
  const { postgres } = transportsOf(t);
  const ask = (password: string) =>
    postgres.query<{ pid: number }>(target({ user: "monitor", password }), pid, [], bounds());
  const [first] = succeeded(await ask("monpass"));
  failed(await ask("not the password any more"), "unauthorized");
  const [again] = succeeded(await ask("monpass"));
  assert.notEqual(again?.pid, first?.pid);
});

test("no slot left is too many connections", async (t) => {
  const parties = Array.from({ length: 12 }, () => transportsOf(t));
  const results = await Promise.all(parties.map(({ postgres }) => postgres.query(monitor(), pid, [], bounds())));
  const refused = results.filter((result) => !result.ok);
  assert.ok(refused.length > 0 && refused.length < 12);
  for (const result of refused) failed(result, "too-many-connections");
});

test("a statement that takes too long is ended by the server, and the session lives on", async (t) => {
  const { postgres } = transportsOf(t);
  // The server's answer is a moment ahead of our own deadline; on a busy machine it may come behind it, and then the session goes.
  let livesOn = false;
  for (let tries = 0; tries < 10 && !livesOn; tries += 1) {
    const [before] = succeeded(await postgres.query<{ pid: number }>(target(), pid, [], bounds()));
    failed(await postgres.query(target(), "SELECT pg_sleep(60)", [], bounds({ timeoutMs: 1_500 })), "timeout");
    const [behind] = succeeded(await postgres.query<{ pid: number }>(target(), pid, [], bounds()));
    livesOn = behind?.pid === before?.pid;
  }
  assert.ok(livesOn);
});

test("a statement that somebody cancels is no timeout", async (t) => {
  const { postgres } = transportsOf(t);
  const other = transportsOf(t).postgres;
  const [session] = succeeded(await postgres.query<{ pid: number }>(target(), pid, [], bounds()));
  const sleeping = postgres.query(target(), "SELECT pg_sleep(60)", [], bounds({ timeoutMs: 60_000 }));
  const active =
    "SELECT count(*)::int AS n FROM pg_stat_activity WHERE pid = $1 AND query LIKE 'SELECT pg_sleep%' AND state = 'active'";
  for (let tries = 0; tries < 500; tries += 1) {
    const [row] = succeeded(await other.query<{ n: number }>(target(), active, [session?.pid], bounds()));
    if (row?.n === 1) break;
    await pause(20);
  }
  succeeded(await other.query(target(), "SELECT pg_cancel_backend($1)", [session?.pid], bounds()));
  failed(await sleeping, "command-failed");
});

test("a stopped statement ends at once, a waiting one as well, and the next gets its turn", async (t) => {
  const { postgres } = transportsOf(t);
  succeeded(await postgres.query(target(), pid, [], bounds()));
  const stop = new AbortController();
  const sleeping = postgres.query(target(), "SELECT pg_sleep(60)", [], bounds({ signal: stop.signal }));
  const waiting = postgres.query(target(), pid, [], bounds({ timeoutMs: 300 }));
  failed(await waiting, "timeout");
  const last = postgres.query(target(), pid, [], bounds());
  stop.abort();
  failed(await sleeping, "aborted");
  succeeded(await last);
});

test("a session that the server ended is replaced without a word", async (t) => {
  const { postgres } = transportsOf(t);
  const other = transportsOf(t).postgres;
  const [session] = succeeded(await postgres.query<{ pid: number }>(target(), pid, [], bounds()));
  succeeded(await other.query(target(), "SELECT pg_terminate_backend($1, 5000)", [session?.pid], bounds()));
  const [fresh] = succeeded(await postgres.query<{ pid: number }>(target(), pid, [], bounds()));
  assert.notEqual(fresh?.pid, session?.pid);
});

test("too many rows and one row too large are cut off without filling memory", async (t) => {
  const { postgres } = transportsOf(t);
  for (const tls of ["off", "require"] as const) {
    const ask = (sql: string) => postgres.query(target({ tls }), sql, [], bounds({ timeoutMs: 60_000 }));
    const before = process.memoryUsage().rss;
    failed(await ask("SELECT repeat('x', 1000) FROM generate_series(1, 1000000)"), "too-large");
    failed(await ask("SELECT repeat('x', 100000000)"), "too-large");
    assert.ok(process.memoryUsage().rss - before < 30_000_000);
    succeeded(await ask(pid));
  }
});

test("no server, a silent one, a closing one and something else are told apart", async (t) => {
  const { postgres } = transportsOf(t);
  const at = (port: number, tls: PostgresTarget["tls"] = "prefer") =>
    postgres.query(target({ port, tls }), pid, [], bounds({ timeoutMs: 2_000 }));
  failed(await at(1), "refused");
  const silent = await rawServer(t, () => {});
  const closing = await rawServer(t, (socket) => socket.once("data", () => socket.destroy()));
  const web = await rawServer(t, answering("HTTP/1.1 400 Bad Request\r\n\r\n", "stay"));
  const ssh = await rawServer(t, (socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"));
  for (const tls of ["off", "prefer"] as const) {
    failed(await at(silent.port, tls), "timeout");
    failed(await at(closing.port, tls), "reset");
    assert.equal(failed(await at(web.port, tls), "malformed").said, "HTTP/1.1 400 Bad Request");
    assert.equal(failed(await at(ssh.port, tls), "malformed").said, "SSH-2.0-OpenSSH_9.2");
  }
});

test("a server that is shutting down is neither refused nor a wrong password", async (t) => {
  const own = await startPostgres();
  t.after(() => own.stop());
  const { postgres } = transportsOf(t);
  const holder = transportsOf(t);
  const to = target({ port: own.port });
  succeeded(await holder.postgres.query(to, pid, [], bounds()));
  // A smart shutdown waits for the session that is open and refuses new ones.
  process.kill(own.pid, "SIGTERM");
  for (let tries = 0; tries < 500; tries += 1) {
    const result = await postgres.query(to, pid, [], bounds());
    if (!result.ok) {
      failed(result, "starting-up");
      return;
    }
    await postgres.query(to, "SELECT pg_terminate_backend(pg_backend_pid())", [], bounds());
    await pause(20);
  }
  assert.fail("it never refused a new session");
});
