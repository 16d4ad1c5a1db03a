import type { HostConfig } from "#lib/config/model.ts";
import { createHttp } from "#lib/transports/http.ts";
import { createPostgres } from "#lib/transports/postgres.ts";
import { createSsh, type SshOptions } from "#lib/transports/ssh.ts";
import { createTcp } from "#lib/transports/tcp.ts";
import type { HostName, Transports } from "#lib/transports/types.ts";

export interface OwnedTransports extends Transports {
  /** Takes other hosts from now on; what runs over the old ones ends undisturbed. */
  replaceHosts(hosts: Readonly<Record<HostName, HostConfig>>): void;
  /** Ends every warm connection; what still runs over one fails. */
  close(): Promise<void>;
}

/**
 * All ways to the watched world. `secret` resolves references to private keys, at each login anew. `environment` is what
 * commands on `local` inherit PATH, HOME and the like from, and nothing else; by default the process's own.
 */
export function createTransports(
  options: Omit<SshOptions, "environment"> & Partial<Pick<SshOptions, "environment">>,
): OwnedTransports {
  const ssh = createSsh({ environment: process.env, ...options });
  const postgres = createPostgres(ssh.openStream);
  return {
    http: createHttp(),
    tcp: createTcp(ssh.openStream),
    ssh,
    postgres,
    replaceHosts(hosts) {
      ssh.replaceHosts(hosts);
      postgres.forgetRemote();
    },
    async close() {
      postgres.close();
      await ssh.close();
    },
  };
}
