import type { Rule } from "#lib/core/rule.ts";
import type { PostgresDetail } from "#lib/integrations/postgres/detail.ts";

export const postgresRules: readonly Rule<PostgresDetail>[] = [];
