import { randomUUID } from "node:crypto";
import { type Actor, ruleActor } from "#lib/access/actor.ts";
import type { ServiceConfig } from "#lib/config/model.ts";
import type { Finding } from "#lib/core/finding.ts";
import { type HealRule, stoppedAlarm } from "#lib/core/heal.ts";
import type { HealEnd } from "#lib/remediation/heal-end.ts";
import type { HealRefusal } from "#lib/remediation/judge-heal.ts";
import { raiseAlarm } from "#lib/store/alarms.ts";
import { insertAudit } from "#lib/store/audit.ts";
import { insertEvents } from "#lib/store/events.ts";
import { stopHealRule } from "#lib/store/heal-rules.ts";
import { type HealRow, insertHeal, patchHeal } from "#lib/store/heals.ts";
import type { Store, Writing } from "#lib/store/open-store.ts";

/** Of which rule and target something is written down. */
export interface Occasion {
  readonly service: ServiceConfig;
  readonly rule: HealRule;
  readonly actor: Actor;
  readonly finding: Finding;
}

export function occasionOf(service: ServiceConfig, rule: HealRule, finding: Finding): Occasion {
  return { service, rule, actor: ruleActor(service, rule.when), finding };
}

/** Writes down what rules do and do not do, each with what the timeline and the audit log are told of it. */
export interface HealLedger {
  /** Before the run is asked for, so that one that nobody knows of cannot be. Returns the row's id: the run's key, too. */
  readonly begin: (of: Occasion, now: number) => Promise<string>;
  readonly link: (id: string, runId: string) => Promise<void>;
  /** Returns the row's id, to be counted on. */
  readonly refuse: (of: Occasion, reasons: readonly HealRefusal[], now: number) => Promise<string>;
  /** It would have been healed by now, and the rule only observes. */
  readonly observe: (of: Occasion, now: number) => Promise<string>;
  /** The same went on for so many polls; with `over`, it does not any more. */
  readonly count: (
    id: string,
    seen: { readonly times: number; readonly lastAt: number },
    over: number | null,
  ) => Promise<void>;
  /** It did not come to a run: nothing was changed. */
  readonly turnDown: (of: Pick<Occasion, "service">, id: string, words: string, now: number) => Promise<void>;
  /** How a heal ended; with `of`, its rule stops itself. */
  readonly end: (heal: HealRow, end: HealEnd, of: Occasion | null, now: number) => Promise<void>;
  /** The budget is spent. */
  readonly stop: (of: Occasion, words: string, runId: string | null, now: number) => Promise<void>;
}

export function createHealLedger(store: Pick<Store, "write">, redact: (text: string) => string): HealLedger {
  async function add(of: Occasion, told: Pick<HealRow, "outcome" | "reasons" | "words">, now: number): Promise<string> {
    const { service, rule, finding } = of;
    const row: HealRow = {
      id: randomUUID(),
      serviceId: service.id,
      rule: rule.when,
      action: rule.action,
      node: finding.node ?? null,
      finding,
      ...told,
      words: redact(told.words),
      runId: null,
      at: now,
      lastAt: now,
      times: 1,
      endedAt: null,
    };
    await store.write(async (writing) => {
      await insertHeal(writing, row);
      if (told.outcome !== "running") await tell(writing, service.id, row.words, now);
    });
    return row.id;
  }

  async function halt(writing: Writing, of: Occasion, words: string, runId: string | null, now: number): Promise<void> {
    const { service, rule, actor, finding } = of;
    const told = redact(words);
    await stopHealRule(writing, service.id, rule.when, { at: now, words: told, runId });
    await raiseAlarm(writing, {
      serviceId: service.id,
      key: stoppedAlarm(rule.when),
      node: null,
      severity: "critical",
      message: stoppedWords(rule, told),
      facts: {},
      runId: runId ?? "",
      since: now,
    });
    const text = `Heals of ${service.name} for ${rule.when} stopped themselves: ${told}`;
    await insertEvents(writing, [{ at: now, kind: "heal", serviceId: service.id, actor: actor.name, text, runId }]);
    const after = { rule: rule.when, action: rule.action, why: told, finding: finding.message };
    const about = { target: service.id, serviceId: service.id, ...(runId === null ? {} : { runId }) };
    await insertAudit(writing, { at: now, actor, command: "stop-heals", ...about, after });
  }

  return {
    begin: (of, now) => add(of, { outcome: "running", reasons: [], words: of.finding.message }, now),
    link: (id, runId) => store.write((writing) => patchHeal(writing, id, { runId })),
    refuse: (of, reasons, now) => {
      const words = `Would ${doing(of)} by itself, held: ${reasons.map((reason) => reason.words).join("; ")}`;
      return add(of, { outcome: "refused", reasons: reasons.map(({ kind }) => kind), words }, now);
    },
    observe: (of, now) => {
      const words = `Would ${doing(of)} by itself, and only observes: ${of.finding.message}`;
      return add(of, { outcome: "observed", reasons: [], words }, now);
    },
    count: (id, { times, lastAt }, over) =>
      store.write((writing) => patchHeal(writing, id, { times, lastAt, ...(over === null ? {} : { endedAt: over }) })),
    turnDown: ({ service }, id, words, now) =>
      store.write(async (writing) => {
        const told = redact(words);
        const refused = { outcome: "refused", reasons: ["turned-down"], words: told } as const;
        await patchHeal(writing, id, { ...refused, lastAt: now, endedAt: now });
        await tell(writing, service.id, `A heal was turned down: ${told}`, now);
      }),
    end: (heal, { outcome, words }, of, now) =>
      store.write(async (writing) => {
        const told = redact(words);
        const reasons = outcome === "refused" ? { reasons: ["turned-down"] } : {};
        await patchHeal(writing, heal.id, { outcome, words: told, ...reasons, lastAt: now, endedAt: now });
        if (of !== null) await halt(writing, of, `the last heal did not come through (${told})`, heal.runId, now);
      }),
    stop: (of, words, runId, now) => store.write((writing) => halt(writing, of, words, runId, now)),
  };
}

/** What the alarm of a stopped rule says; also where only its severity changes. */
export function stoppedWords({ when, action }: HealRule, words: string): string {
  return `the heal rule for ${when} (${action}) stopped itself: ${words}. Look at it, then acknowledge`;
}

function doing({ rule, finding, service }: Occasion): string {
  return `start ${rule.action} on ${finding.node ?? service.name}`;
}

async function tell(writing: Writing, serviceId: string, text: string, at: number): Promise<void> {
  await insertEvents(writing, [{ at, kind: "heal", serviceId, text }]);
}
