import type { HostConfig, ReachConfig } from "#lib/config/model.ts";
import type { Grant } from "#lib/core/grant.ts";
import { createHttp } from "#lib/transports/http.ts";
import { createPostgres } from "#lib/transports/postgres.ts";
import { createReach } from "#lib/transports/reach.ts";
import { createSsh, type SshOptions } from "#lib/transports/ssh.ts";
import { createTcp } from "#lib/transports/tcp.ts";
import type { HostName, Transports } from "#lib/transports/types.ts";

export interface OwnedTransports extends Transports {
  /** Takes other hosts from now on; what runs over the old ones ends undisturbed. */
  replaceHosts(hosts: Readonly<Record<HostName, HostConfig>>, grants?: readonly Grant[]): void;
  /** Judges by another policy from now on; warm connections are made anew, so that it holds for them as well. */
  replaceReach(reach: ReachConfig): void;
  /** Some secret is another one now: what was logged in with an old one is made anew. */
  secretsChanged(): void;
  /** Ends every warm connection; what still runs over one fails. */
  close(): Promise<void>;
}

/**
 * All ways to the watched world. `reach` is the policy of pitwall.yaml; without one, loopback and the like are refused. `secret` resolves references to private keys, at each login anew. `environment` is what
 * commands on `local` inherit PATH, HOME and the like from, and nothing else; by default the process's own.
 */
export function createTransports(
  options: Omit<SshOptions, "environment" | "reach"> &
    Partial<Pick<SshOptions, "environment">> & { readonly reach?: ReachConfig },
): OwnedTransports {
  const { reach: policy, ...rest } = options;
  const reach = createReach(policy);
  const ssh = createSsh({ environment: process.env, ...rest, reach });
  const postgres = createPostgres(ssh.openStream, reach);
  return {
    http: createHttp(reach),
    tcp: createTcp(ssh.openStream, reach),
    ssh,
    postgres,
    replaceHosts(hosts, grants) {
      ssh.replaceHosts(hosts, grants);
      postgres.forgetRemote();
    },
    replaceReach(next) {
      reach.replace(next);
      ssh.retireAll();
      postgres.forgetAll();
    },
    // A session of PostgreSQL sees by itself that it is asked with another password.
    secretsChanged: () => ssh.retireOldKeys(),
    async close() {
      postgres.close();
      await ssh.close();
    },
  };
}
