import type { z } from "zod";
import { type ActionConfig, declaredPrefix, restartUnitId } from "#lib/config/actions-schema.ts";
import { noSuch, type ReadService } from "#lib/config/checks.ts";
import type { Complaint } from "#lib/config/complaint.ts";
import { explainIssues } from "#lib/config/explain.ts";
import { healingSchema, type healSchema } from "#lib/config/heal-schema.ts";
import { inputSchema } from "#lib/config/json-schema.ts";
import type { HealingConfig } from "#lib/config/model.ts";
import type { serviceSchema } from "#lib/config/schema.ts";
import type { Path } from "#lib/config/yaml-source.ts";
import type { HealRule } from "#lib/core/heal.ts";
import { autohealTrouble, type Manifest, mayBeStarted } from "#lib/integrations/integration.ts";

type Written = z.infer<typeof healSchema>;
type Base = z.infer<typeof serviceSchema>;

/** Heal rules that name no rule, no node or no action of the kind, an action that no rule may start, or the same finding twice. */
export function checkHeals({ base, config, integration, path, rules }: ReadService): Complaint[] {
  if (base?.heal === undefined || integration === undefined) return [];
  const { manifest } = integration;
  // Which servers a balancer has is only known once it was asked: then the rule itself says that there is no such node.
  const nodes = config === undefined || manifest.members !== undefined ? null : manifest.nodes(config.value);
  return base.heal.flatMap((written, index) => {
    const at: Path = [...path, "heal", index];
    const twice = base.heal?.findIndex(({ when }) => when === written.when) !== index;
    return [
      ...whenTrouble(written, manifest, rules, [...at, "when"]),
      ...(twice
        ? [
            {
              path: [...at, "when"],
              at: "value" as const,
              message: `two heal rules wait for \`${written.when}\`: keep one`,
            },
          ]
        : []),
      ...(nodes === null ? [] : nodesTrouble(written, nodes, [...at, "nodes"])),
      ...actionTrouble(written, manifest, base, [...at, "action"]),
    ];
  });
}

function whenTrouble({ when }: Written, manifest: Manifest, rules: ReadService["rules"], path: Path): Complaint[] {
  const rule = manifest.rules.find(({ id }) => id === when);
  if (rule === undefined) {
    return [
      noSuch(
        `no rule of ${manifest.title} is called`,
        when,
        manifest.rules.map(({ id }) => id),
        path,
      ),
    ];
  }
  const own = rules?.[when];
  const severity =
    (own === false || own === undefined ? undefined : own.severity) ??
    (rule.type === "fact" ? rule.severity : undefined);
  if (own !== false && severity !== "info") return [];
  const why = own === false ? "is switched off here" : "only makes notes";
  return [{ path, at: "value", message: `the rule \`${when}\` ${why}, so there would never be anything to heal` }];
}

function nodesTrouble({ nodes = [] }: Written, known: readonly string[], path: Path): Complaint[] {
  return nodes.flatMap((name, place) =>
    known.includes(name) ? [] : [noSuch("this service has no node named", name, known, [...path, place])],
  );
}

function actionTrouble({ action }: Written, manifest: Manifest, base: Base, path: Path): Complaint[] {
  const declared = base.actions.find(({ id }) => `${declaredPrefix}${id}` === action);
  const able = [
    ...mayBeStarted(manifest),
    ...base.actions.filter(({ heal }) => heal).map(({ id }) => `${declaredPrefix}${id}`),
    ...(base.units.some(({ heal }) => heal) ? [restartUnitId] : []),
  ];
  const why = able.includes(action) && declared === undefined ? null : whyNot(manifest, action, base, declared);
  if (why === null) return [];
  const words = able.length === 0 ? "There is none that one may" : `Possible: ${able.join(", ")}`;
  if (why !== undefined) {
    return [{ path, at: "value", message: `no rule may start \`${action}\`: ${why}. ${words}` }];
  }
  const complaint = noSuch("no action that a rule may start is called", action, able, path);
  return [{ ...complaint, message: `${complaint.message}. ${words}` }];
}

/** `undefined` when nothing is known of such an action. */
function whyNot(manifest: Manifest, action: string, { units }: Base, declared: ActionConfig | undefined) {
  if (declared !== undefined) return declaredTrouble(declared);
  if (action === restartUnitId && units.length > 0) return "none of its units says `heal: true`";
  return autohealTrouble(manifest, action);
}

/** Why no rule may start an action that the team declared; `null` when one may. */
function declaredTrouble({ heal, risk }: ActionConfig): string | null {
  if (risk === "high" || risk === "critical") return `its risk is ${risk}, and that takes a person`;
  return heal ? null : "its declaration does not say `heal: true`";
}

export function healRulesOf(written: readonly Written[]): HealRule[] {
  return written.map(({ when, severity, nodes: only, action, params, after, budget, minHealthy, warmUp, ...rest }) => ({
    when,
    severity,
    nodes: only ?? null,
    action,
    params,
    afterMs: after,
    budget,
    minHealthy: minHealthy ?? null,
    warmUpMs: warmUp,
    ...rest,
  }));
}

export function readHealing(value: unknown, complaints: Complaint[]): HealingConfig {
  const parsed = healingSchema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  complaints.push(...explainIssues(parsed.error.issues, value, inputSchema(healingSchema), ["heal"]));
  return healingSchema.parse({});
}
