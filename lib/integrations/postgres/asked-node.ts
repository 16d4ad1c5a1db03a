import type { Failure } from "#lib/core/failure.ts";
import type { PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { NodeReading } from "#lib/integrations/postgres/parse.ts";

/** One configured node and what it brought: a reading, or why there is none. */
export interface AskedNode {
  readonly config: PostgresNodeConfig;
  readonly reading: NodeReading | null;
  readonly failure: Failure | null;
}

/** What is known of a cluster before its replicas are judged. */
export interface Cluster {
  readonly asked: readonly AskedNode[];
  readonly writable: readonly AskedNode[];
  /** The node that lag is measured against: writable, of the highest timeline. */
  readonly primary: AskedNode | null;
}

/** `10.0.0.1:5432` or `[::1]:5432`. */
export function addressOf(config: PostgresNodeConfig): string {
  return `${config.address.includes(":") ? `[${config.address}]` : config.address}:${config.port}`;
}
