import type { ActionContext, ActionPlan } from "#lib/integrations/integration.ts";
import type { Journal } from "#lib/remediation/journal.ts";
import type { Writing } from "#lib/store/open-store.ts";

/** A plan under way, and what its steps are done with. */
export interface Execution {
  readonly plan: ActionPlan;
  /** For one part of the plan: the service it is about, and what it kept. */
  readonly contextFor: (signal: AbortSignal, part: Part) => ActionContext;
  readonly journal: Journal;
  readonly cancel: AbortSignal;
  readonly now: () => number;
  /** Throws `LostHold` unless this engine still has every lock of the run. */
  readonly assertLocked: (writing: Writing) => Promise<void>;
  /** A dry run ends before the first step that changes anything. */
  readonly dry?: boolean;
}

/** A check or a step, and the service it is about where that is not the run's own. */
export interface Part {
  readonly id: string;
  readonly on?: string;
}
