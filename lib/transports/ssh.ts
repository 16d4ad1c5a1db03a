import type { Duplex } from "node:stream";
import type { HostConfig } from "#lib/config/model.ts";
import type { Grant } from "#lib/core/grant.ts";
import { err, type Result } from "#lib/core/result.ts";
import type { Address } from "#lib/transports/address.ts";
import { runLocal } from "#lib/transports/local-command.ts";
import { openForward } from "#lib/transports/ssh-channel.ts";
import { runRemote } from "#lib/transports/ssh-command.ts";
import { type Lease, SshPool, type SshPoolOptions } from "#lib/transports/ssh-pool.ts";
import { explainSocket } from "#lib/transports/ssh-socket.ts";
import { SshWays, type Way } from "#lib/transports/ssh-ways.ts";
import type { CommandAnswer, CommandRequest, HostName, SshTransport } from "#lib/transports/types.ts";
import { startWatch, type Watch } from "#lib/transports/watch.ts";

export interface SshOptions extends SshPoolOptions {
  /** From which a command on `local` inherits PATH, HOME and the like, and nothing else. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What each host lets Pitwall run, and by which key; on a host without a wrapper only the latter counts. */
  readonly grants?: readonly Grant[];
}

export interface Ssh extends SshTransport {
  /** A stream to an address as that host sees it: a Unix socket's path, or `host:port`. Destroying it is enough. */
  openStream(host: HostName, address: Address, watch: Watch): Promise<Result<Duplex>>;
  /** Takes other hosts from now on; connections whose way changed are given up, what runs on them ends undisturbed. */
  replaceHosts(hosts: Readonly<Record<HostName, HostConfig>>, grants?: readonly Grant[]): void;
  /** Gives up every warm connection; what runs on one ends undisturbed. */
  retireAll(): void;
  /** Gives up the connections that logged in with a key that is no longer the one referred to. */
  retireOldKeys(): void;
  close(): Promise<void>;
}

/** Commands and streams on hosts, over warm connections to pinned host keys. */
export function createSsh(options: SshOptions): Ssh {
  const ways = new SshWays(options.hosts, options.grants ?? []);
  const pool = new SshPool({ ...options, hosts: ways.logins() });
  return {
    async run(host, request) {
      if (host === "local") return await runLocal(request, options.environment);
      const asked = ways.ask(host, request);
      if (!asked.ok) return asked;
      const watch = startWatch(request);
      try {
        return await runOver(pool, { host, request, ...asked.value }, watch);
      } finally {
        watch.release();
      }
    },
    async openStream(host, address, watch) {
      const refusal = address.type === "unix" ? null : options.reach.remoteRefusal(address.host);
      return refusal === null ? await openOver(pool, host, address, watch, !ways.wrapped(host)) : err(refusal);
    },
    replaceHosts: (hosts, grants = []) => {
      ways.replace(hosts, grants);
      pool.replaceHosts(ways.logins());
    },
    retireAll: () => pool.retireAll(),
    retireOldKeys: () => pool.retireOldKeys(),
    close: () => pool.close(),
  };
}

async function runOver(
  pool: SshPool,
  { host, request, asked, login, explain }: Way & { readonly host: HostName; readonly request: CommandRequest },
  watch: Watch,
): Promise<Result<CommandAnswer>> {
  return await onConnection(pool, login, watch, async ({ connection }) => {
    const session = await connection.session(watch);
    if (!session.ok) return session;
    try {
      return explain(await runRemote(connection, { host, request, asked }, watch));
    } finally {
      session.value();
    }
  });
}

async function openOver(
  pool: SshPool,
  host: HostName,
  address: Address,
  watch: Watch,
  runsCommands: boolean,
): Promise<Result<Duplex>> {
  return await onConnection(pool, host, watch, async ({ connection }) => {
    const stream = await openForward(connection, address, watch);
    if (stream.ok) stream.value.once("close", connection.hold());
    else if (stream.error.kind === "timeout") connection.retire();
    else if (stream.error.kind === "not-running" && address.type === "unix" && runsCommands) {
      return err(await explainSocket(connection, host, address.path, stream.error, watch));
    }
    return stream;
  });
}

/** Does something on a connection. One that was warm and turns out to be dead before anything was begun is replaced once. */
async function onConnection<T>(
  pool: SshPool,
  host: HostName,
  watch: Watch,
  use: (lease: Lease) => Promise<Result<T>>,
): Promise<Result<T>> {
  for (let fresh = false; ; fresh = true) {
    const lease = await pool.acquire(host, watch);
    if (!lease.ok) return lease;
    const result = await use(lease.value);
    lease.value.release();
    const died = !result.ok && result.error.kind === "reset" && !result.error.mayStillRun;
    if (!died || fresh || !lease.value.warm) return result;
  }
}
