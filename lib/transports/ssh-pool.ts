import net from "node:net";
import type { Duplex } from "node:stream";
import type { HostConfig } from "#lib/config/model.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { formatAddress } from "#lib/transports/address.ts";
import type { Reach } from "#lib/transports/reach.ts";
import { said } from "#lib/transports/said.ts";
import { openForward } from "#lib/transports/ssh-channel.ts";
import { logIn } from "#lib/transports/ssh-client.ts";
import { Connection } from "#lib/transports/ssh-connection.ts";
import type { HostName } from "#lib/transports/types.ts";
import { unlessStopped, type Watch } from "#lib/transports/watch.ts";

/** How long one hop may take to connect, shake hands and log in, whoever waits for it. */
const loginTimeoutMs = 10_000;
/** How long closing may take before connections are cut. */
const closeTimeoutMs = 1_000;

export interface SshPoolOptions {
  readonly hosts: Readonly<Record<HostName, HostConfig>>;
  /** Resolves the reference to a private key. */
  readonly secret: (reference: string) => Result<string>;
  readonly reach: Reach;
}

/** The use of a connection, until it is released. */
export interface Lease {
  readonly connection: Connection;
  /** It was there before; if it turns out to be dead, a fresh one is worth a try. */
  readonly warm: boolean;
  release(): void;
}

/** One connection there is or will be. */
interface Entry {
  /** All that its way depends on, as text: another way means another connection. */
  readonly way: string;
  readonly ready: Promise<Result<Connection>>;
  connection: Connection | null;
  /** What it logged in with. */
  key: string | null;
  /** What the making of it waits for at this moment. */
  waitsFor: () => string;
}

/** Warm connections, one per host, made when first needed, over every hop of `via`. */
export class SshPool {
  #hosts: Readonly<Record<HostName, HostConfig>>;
  readonly #secret: (reference: string) => Result<string>;
  readonly #reach: Reach;
  readonly #entries = new Map<HostName, Entry>();
  /** All that are open, those given up but still in use among them. */
  readonly #open = new Set<Connection>();
  #closing = false;

  constructor(options: SshPoolOptions) {
    this.#hosts = options.hosts;
    this.#secret = options.secret;
    this.#reach = options.reach;
  }

  /** The connection to a host. Callers who come while it is made wait for the same one, each by their own deadline. */
  async acquire(name: HostName, watch: Watch): Promise<Result<Lease>> {
    const entry = this.#entry(name, []);
    if (!entry.ok) return entry;
    const warm = entry.value.connection !== null;
    const ready = await unlessStopped(entry.value.ready, watch, () => entry.value.waitsFor());
    if (!ready.ok) return ready;
    return ok({ connection: ready.value, warm, release: ready.value.hold() });
  }

  /** Takes other hosts from now on. A connection whose way changed is given up; what runs on it ends undisturbed. */
  replaceHosts(hosts: Readonly<Record<HostName, HostConfig>>): void {
    this.#hosts = hosts;
    for (const [name, entry] of this.#entries) {
      if (wayTo(hosts, name) === entry.way) continue;
      this.#entries.delete(name);
      void entry.ready.then((ready) => ready.ok && ready.value.retire());
    }
  }

  /** Gives up every connection: what may be asked has changed. What runs on one ends undisturbed. */
  retireAll(): void {
    for (const entry of this.#entries.values()) void entry.ready.then((ready) => ready.ok && ready.value.retire());
    this.#entries.clear();
  }

  /** Gives up the connections whose key, or that of a hop before them, is another one now. */
  retireOldKeys(): void {
    const old = new Set<HostName>();
    for (const [name, entry] of this.#entries) {
      const host = this.#hosts[name];
      const key = host === undefined ? undefined : this.#secret(host.key);
      if (entry.key !== null && key?.ok === true && key.value !== entry.key) old.add(name);
    }
    for (const [name, entry] of this.#entries) {
      if (!hopsTo(this.#hosts, name).some((hop) => old.has(hop.name))) continue;
      this.#entries.delete(name);
      void entry.ready.then((ready) => ready.ok && ready.value.retire());
    }
  }

  /** Ends every connection, whatever runs on it. */
  async close(): Promise<void> {
    this.#closing = true;
    const open = [...this.#open];
    for (const connection of open) connection.close();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeTimeoutMs);
    });
    await Promise.race([Promise.all(open.map((connection) => connection.closed)), late]);
    clearTimeout(timer);
    for (const connection of this.#open) connection.client.destroy();
  }

  #entry(name: HostName, behind: readonly HostName[]): Result<Entry> {
    const host = Object.hasOwn(this.#hosts, name) ? this.#hosts[name] : undefined;
    if (!host) return err(failure("name-not-found", `no host is configured with the name ${name}`));
    if (behind.includes(name))
      return err(failure("bastion-failed", `the way to ${behind[0]} leads in a circle over ${name}`));
    if (this.#closing) return err(failure("aborted", `ssh to ${name} is shutting down`));
    const known = this.#entries.get(name);
    if (known && known.connection?.alive !== false) return ok(known);
    const { promise, resolve } = Promise.withResolvers<Result<Connection>>();
    const entry: Entry = {
      way: wayTo(this.#hosts, name),
      ready: promise,
      connection: null,
      key: null,
      waitsFor: () => `no ssh connection to ${name}`,
    };
    this.#entries.set(name, entry);
    const made = this.#connect(host, [...behind, name], entry).catch((error: unknown) => {
      // Nobody may be waiting any more, and a throw without a listener ends the process.
      return err(failure("internal", `connecting to ${name} failed`, said(String(error))));
    });
    void made.then((result) => {
      if (result.ok) this.#keep(result.value, entry);
      else if (this.#entries.get(name) === entry) this.#entries.delete(name);
      resolve(result);
    });
    return ok(entry);
  }

  #keep(connection: Connection, entry: Entry): void {
    entry.connection = connection;
    this.#open.add(connection);
    void connection.closed.then(() => this.#open.delete(connection));
    if (this.#closing) connection.close();
  }

  async #connect(host: HostConfig, behind: readonly HostName[], entry: Entry): Promise<Result<Connection>> {
    const key = this.#secret(host.key);
    if (!key.ok) return key;
    entry.key = key.value;
    const place = formatAddress({ type: "tcp", host: host.address, port: host.port });
    const way = host.via === null ? this.#dial(host) : await this.#hop(host.via, host, behind, entry);
    if (!way.ok) return way;
    const { socket, leave } = way.value;
    const attempt = logIn({
      place,
      user: host.user,
      privateKey: key.value,
      hostKeys: host.hostKeys,
      socket,
      timeoutMs: loginTimeoutMs,
    });
    entry.waitsFor = attempt.waitsFor;
    const client = await attempt.result;
    if (!client.ok) {
      leave();
      return client;
    }
    const connection = new Connection(client.value, place);
    void connection.closed.then(leave);
    return ok(connection);
  }

  #dial(host: HostConfig): Result<{ socket: Duplex; leave: () => void }> {
    const way = this.#reach.way({ type: "tcp", host: host.address, port: host.port });
    return way.ok ? ok({ socket: net.connect({ ...way.value, noDelay: true }), leave: () => {} }) : way;
  }

  /** A stream to `host` through its bastion. One stale connection to the bastion is forgiven and made anew. */
  async #hop(
    via: HostName,
    host: HostConfig,
    behind: readonly HostName[],
    entry: Entry,
  ): Promise<Result<{ socket: Duplex; leave: () => void }>> {
    const refusal = this.#reach.remoteRefusal(host.address);
    if (refusal !== null) return err(refusal);
    for (let fresh = false; ; fresh = true) {
      const bastion = this.#entry(via, behind);
      if (!bastion.ok) return err(bastionFailure(via, bastion.error));
      const warm = bastion.value.connection !== null;
      entry.waitsFor = () => bastion.value.waitsFor();
      const ready = await bastion.value.ready;
      if (!ready.ok) return err(bastionFailure(via, ready.error));
      const connection = ready.value;
      const leave = connection.hold();
      entry.waitsFor = () => `no way through bastion ${via} to ${host.address}:${host.port}`;
      const stream = await openForward(connection, { type: "tcp", host: host.address, port: host.port });
      if (stream.ok) return ok({ socket: stream.value, leave });
      if (stream.error.kind === "timeout" || stream.error.kind === "reset") connection.retire();
      leave();
      if (warm && !fresh && stream.error.kind === "reset") continue;
      const blame =
        stream.error.kind === "reset" || stream.error.kind === "forbidden" || stream.error.kind === "timeout";
      return err(blame ? bastionFailure(via, stream.error) : stream.error);
    }
  }
}

/** Names the hop and keeps its reason: the host behind it is not known to be at fault. */
function bastionFailure(via: HostName, inner: Failure): Failure {
  return { ...inner, kind: "bastion-failed", what: `bastion ${via}: ${inner.what}` };
}

/** Every setting of every hop, as text. */
function wayTo(hosts: Readonly<Record<HostName, HostConfig>>, name: HostName): string {
  return JSON.stringify(hopsTo(hosts, name));
}

/** The host, and the hops before it. */
function hopsTo(hosts: Readonly<Record<HostName, HostConfig>>, name: HostName): HostConfig[] {
  const hops: HostConfig[] = [];
  for (let host = hosts[name]; host && !hops.includes(host); host = host.via === null ? undefined : hosts[host.via])
    hops.push(host);
  return hops;
}
