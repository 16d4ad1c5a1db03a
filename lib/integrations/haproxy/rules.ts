import type { Rule } from "#lib/core/rule.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { backendRules } from "#lib/integrations/haproxy/rules-backend.ts";
import { processRules } from "#lib/integrations/haproxy/rules-process.ts";
import { serverRules } from "#lib/integrations/haproxy/rules-server.ts";

/** What is trouble for a balancer. A server that someone took out on purpose is told, but is not trouble. */
export const haproxyRules: readonly Rule<HaproxyDetail>[] = [...backendRules, ...serverRules, ...processRules];
