import type { Rule } from "#lib/core/rule.ts";
import type { Runbook } from "#lib/core/runbook.ts";
import { registry } from "#lib/integrations/registry.ts";

/** What views read of a kind: nothing that touches the world. */
export interface KindKnowledge {
  readonly rules: readonly Rule<unknown>[];
  readonly runbooks: readonly Runbook[];
}

/** Empty for a kind that this build does not have. */
export type KnowKind = (kind: string) => KindKnowledge;

/** The kinds of the registry. */
export const knowKind: KnowKind = (kind) => {
  const known = Object.hasOwn(registry, kind) ? registry[kind] : undefined;
  return { rules: known?.manifest.rules ?? [], runbooks: known?.manifest.runbooks ?? [] };
};
