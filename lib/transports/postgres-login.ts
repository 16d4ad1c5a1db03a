import net from "node:net";
import type { Duplex } from "node:stream";
import { Client, type ClientConfig } from "pg";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { type Address, formatAddress } from "#lib/transports/address.ts";
import { postgresFailure } from "#lib/transports/postgres-failure.ts";
import type { Reach } from "#lib/transports/reach.ts";
import { said } from "#lib/transports/said.ts";
import { socketFailure } from "#lib/transports/socket-failure.ts";
import type { OpenRemoteStream } from "#lib/transports/tcp.ts";
import type { PostgresTarget } from "#lib/transports/types.ts";
import { stoppedFailure, type Watch } from "#lib/transports/watch.ts";

/** How the servers are reached. */
export interface PostgresWays {
  readonly reach: Reach;
  readonly openRemote: OpenRemoteStream;
}

/** A client that is logged in, with the stream below it, which ends it for certain. */
export interface LoggedIn {
  readonly client: Client;
  readonly stream: Duplex;
}

/** Connects and logs in. TLS `prefer`, the default, encrypts where the server can, and like libpq checks no certificate. */
export async function logInToPostgres(
  ways: PostgresWays,
  target: PostgresTarget,
  watch: Watch,
): Promise<Result<LoggedIn>> {
  const mode = target.tls ?? "prefer";
  const first = await attempt(ways, target, mode !== "off", watch);
  if (first.ok || !first.withoutTls) return first.ok ? ok(first.value) : err(first.error);
  if (mode !== "prefer") return err(failure("tls", `${postgresPlace(target)} does not offer TLS`));
  const second = await attempt(ways, target, false, watch);
  return second.ok ? ok(second.value) : err(second.error);
}

export function postgresPlace(target: PostgresTarget): string {
  return `${formatAddress(addressOf(target))}/${target.database}`;
}

type Attempt =
  | { readonly ok: true; readonly value: LoggedIn }
  | { readonly ok: false; readonly error: Failure /** It said that it has no TLS. */; readonly withoutTls?: boolean };

async function attempt(ways: PostgresWays, target: PostgresTarget, secure: boolean, watch: Watch): Promise<Attempt> {
  const address = addressOf(target);
  const dialled =
    target.via === undefined || target.via === "local"
      ? await dial(address, ways.reach, watch)
      : await ways.openRemote(target.via, address, watch);
  return dialled.ok ? await logInOver(dialled.value, target, secure, watch) : dialled;
}

function addressOf(target: PostgresTarget): Address {
  return target.host.startsWith("/")
    ? { type: "unix", path: `${target.host}/.s.PGSQL.${target.port}` }
    : { type: "tcp", host: target.host, port: target.port };
}

async function dial(address: Address, reach: Reach, watch: Watch): Promise<Result<Duplex>> {
  const place = formatAddress(address);
  const way = reach.way(address);
  if (!way.ok) return way;
  return await new Promise((resolve) => {
    const socket = net.connect({ ...way.value, noDelay: true });
    const settle = (result: Result<Duplex>) => {
      watch.whenStopped(null);
      if (!result.ok) socket.destroy();
      resolve(result);
    };
    socket.on("error", (error) => settle(err(socketFailure(error, place))));
    socket.once("connect", () => settle(ok(socket)));
    watch.whenStopped((reason) => settle(err(stoppedFailure(reason, watch, `no connection to ${place}`))));
  });
}

function logInOver(stream: Duplex, target: PostgresTarget, secure: boolean, watch: Watch): Promise<Attempt> {
  const place = postgresPlace(target);
  return new Promise((resolve) => {
    const client = new Client(clientConfig(stream, target, secure));
    let start = "";
    let settled = false;
    const settle = (result: Attempt) => {
      if (settled) return;
      settled = true;
      watch.whenStopped(null);
      if (!result.ok) stream.destroy();
      resolve(result);
    };
    const fail = (error: unknown) => {
      if (secure && start === "N")
        settle({ ok: false, withoutTls: true, error: failure("tls", `${place} has no TLS`) });
      else settle({ ok: false, error: loginFailure(error, target, start) });
    };
    // Before connecting and for the client's life: an error that nobody hears ends the process.
    client.on("error", fail);
    watch.whenStopped((reason) => settle({ ok: false, error: stoppedFailure(reason, watch, `no login at ${place}`) }));
    if (settled) return;
    client.connect((error: Error | null) => (error ? fail(error) : settle({ ok: true, value: { client, stream } })));
    // Ahead of pg, which fails at once on bytes it does not know.
    stream.prependOnceListener("data", (chunk: Buffer) => {
      start = chunk.subarray(0, 400).toString("latin1");
      // A message that claims to be a gigabyte long would be waited for; what is no PostgreSQL is left at its first byte.
      if (!speaksPostgres(start)) fail(undefined);
    });
  });
}

function clientConfig(stream: Duplex, target: PostgresTarget, secure: boolean): ClientConfig {
  return {
    host: target.host,
    port: target.port,
    database: target.database,
    user: target.user,
    // A function, so that neither PGPASSWORD nor ~/.pgpass of the poller's user steps in where none is configured.
    password: () => target.password ?? "",
    application_name: "pitwall",
    ssl: secure ? { rejectUnauthorized: target.tls === "verify" } : false,
    stream: () => connectedAlready(stream) as never,
  };
}

/** pg opens its stream itself; this one is open. Channels of ssh lack what only sockets have. */
function connectedAlready(stream: Duplex): Duplex {
  return Object.assign(stream, {
    connect: () => process.nextTick(() => stream.emit("connect")),
    ...("setNoDelay" in stream
      ? {}
      : { setNoDelay: () => stream, setKeepAlive: () => stream, ref: () => stream, unref: () => stream }),
  });
}

/**
 * First bytes of a PostgreSQL server: `S` or `N` alone to the question for TLS, else the message types R (authentication),
 * E (error), v (protocol version); manual, "Message Formats".
 */
function speaksPostgres(start: string): boolean {
  return start === "S" || start === "N" || /^[REv]\0/.test(start);
}

function loginFailure(error: unknown, target: PostgresTarget, start: string): Failure {
  const place = postgresPlace(target);
  if (start !== "" && !speaksPostgres(start))
    return failure("malformed", `${place} does not speak PostgreSQL`, said(start));
  // pg's own complaints about SCRAM have no code; without a password this is the one that can come.
  if (error instanceof Error && error.message.startsWith("SASL")) {
    const why = target.password ? "did not accept the password exchange" : "wants a password and none is configured";
    return failure("unauthorized", `${place} ${why}, role ${target.user}`, target.password ? said(error.message) : {});
  }
  return postgresFailure(error, { place, user: target.user });
}
