import { wholeSeconds } from "#components/ui/age.tsx";
import type { Mark } from "#components/ui/status-mark.tsx";
import type { HealOutcome, HealStanding } from "#lib/core/heal.ts";
import type { HealRuleDto } from "#lib/wire/heal.ts";

/** What came of an occasion, as a mark and a few words. */
export const outcomeWords: Readonly<Record<HealOutcome, { readonly mark: Mark; readonly words: string }>> = {
  running: { mark: "healing", words: "Healing" },
  healed: { mark: "ok", words: "Healed and proven" },
  "did-not-help": { mark: "critical", words: "Did not help" },
  failed: { mark: "critical", words: "Failed" },
  refused: { mark: "warning", words: "Held" },
  observed: { mark: "info", words: "Observed only" },
};

export const standingMarks: Readonly<Record<HealStanding["kind"], Mark>> = {
  ready: "ok",
  waiting: "info",
  healing: "healing",
  held: "warning",
  stopped: "critical",
};

/** What the rule would do and when, in one sentence. */
export function ruleWords({ name, afterMs, mode, nodes }: HealRuleDto, actionTitle: string): string {
  const where = nodes === null ? "" : ` on ${nodes.join(", ")}`;
  const does = mode === "observe" ? "notes that it would start" : "starts";
  return `When ${name}${where} stands for ${wholeSeconds(afterMs)}, it ${does} “${actionTitle}”`;
}

/** `1 of 2 this hour, 1 of 5 today`. */
export function budgetWords({ used, budget }: HealRuleDto): string {
  return `${used.hour} of ${budget.hour} within the hour, ${used.day} of ${budget.day} within the day`;
}

/** How it stands: `Held: automation is off, by ann`. */
export function standingWords({ standing, mode }: HealRuleDto, now: number): string {
  const { kind, words, until } = standing;
  const left = until === null || until <= now ? "" : `, ${wholeSeconds(until - now)} to go`;
  switch (kind) {
    case "ready":
      return mode === "observe" ? "Ready, only observing: there is nothing to heal" : "Ready: there is nothing to heal";
    case "waiting":
      return `${words}${left}`;
    case "healing":
      return `Healing: ${words}`;
    case "held":
      return `Held: ${words}`;
    case "stopped":
      return `Stopped: ${words}`;
    default:
      return kind satisfies never;
  }
}
