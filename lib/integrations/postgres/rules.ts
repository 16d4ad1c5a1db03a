import type { Rule } from "#lib/core/rule.ts";
import type { PostgresDetail } from "#lib/integrations/postgres/detail.ts";
import { clusterRules } from "#lib/integrations/postgres/rules-cluster.ts";
import { poolerRules } from "#lib/integrations/postgres/rules-pooler.ts";
import { replicationRules } from "#lib/integrations/postgres/rules-replication.ts";
import { serverRules } from "#lib/integrations/postgres/rules-server.ts";

/** All rules of the kind, in the order the documentation lists them: who writes, who follows, and how each server fares. */
export const postgresRules: readonly Rule<PostgresDetail>[] = [
  ...clusterRules,
  ...poolerRules,
  ...replicationRules,
  ...serverRules,
];
