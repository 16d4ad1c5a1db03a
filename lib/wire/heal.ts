import { z } from "zod";
import { healOutcomes } from "#lib/core/heal.ts";
import { findingDto } from "#lib/wire/board.ts";
import { givenWords } from "#lib/wire/words.ts";

/** One occasion to heal: what a rule did, would have done, or must not do and why. */
export const healDto = z.object({
  id: z.string(),
  serviceId: z.string(),
  serviceName: z.string(),
  rule: z.string(),
  action: z.string(),
  node: z.string().nullable(),
  /** What stood, with its number and limit. */
  finding: findingDto,
  outcome: z.enum(healOutcomes),
  /** Kinds of the reasons of a refusal. */
  reasons: z.array(z.string()),
  words: z.string(),
  runId: z.string().nullable(),
  at: z.number(),
  /** When it was last so, and in how many polls. */
  lastAt: z.number(),
  times: z.number(),
  endedAt: z.number().nullable(),
});

/** A heal rule of a service and how it stands. */
export const healRuleDto = z.object({
  serviceId: z.string(),
  serviceName: z.string(),
  /** The rule of the kind that it waits for; names it within the service. */
  name: z.string(),
  action: z.string(),
  nodes: z.array(z.string()).nullable(),
  afterMs: z.number(),
  budget: z.object({ hour: z.number(), day: z.number() }),
  minHealthy: z.number().nullable(),
  mode: z.enum(["act", "observe"]),
  standing: z.object({
    kind: z.enum(["ready", "waiting", "healing", "held", "stopped"]),
    words: z.string(),
    until: z.number().nullable(),
  }),
  /** Of the budget, by now. */
  used: z.object({ hour: z.number(), day: z.number() }),
  stopped: z.object({ at: z.number(), words: z.string(), runId: z.string().nullable() }).nullable(),
  acknowledged: z.object({ at: z.number(), by: z.string(), words: z.string() }).nullable(),
});

/** `GET /api/v1/heals`: the rules, and the ledger, newest first. */
export const healsDto = z.object({ rules: z.array(healRuleDto), heals: z.array(healDto) });

/** Body of `POST /api/v1/services/:id/heals/acknowledge`: somebody looked, and the rule may go on. */
export const healAcknowledgement = z.strictObject({
  rule: z.string().min(1).max(100),
  comment: givenWords(500, "say what you found"),
});
export const healAcknowledged = z.object({ serviceId: z.string(), rule: z.string() });

export type HealDto = z.infer<typeof healDto>;
export type HealRuleDto = z.infer<typeof healRuleDto>;
export type HealsDto = z.infer<typeof healsDto>;
