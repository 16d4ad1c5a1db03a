import type { ShownService } from "#components/board/shown-board.ts";
import type { RunbookHandles } from "#components/runbook/use-runbook.ts";
import type { RunbookView } from "#lib/wire/runbook.ts";

/** What every step of a runbook is drawn with. */
export interface StepsGiven {
  readonly view: RunbookView;
  readonly now: number;
  readonly past: boolean;
  /** Why the viewer may not do anything here; `null` when he may. */
  readonly blocked: string | null;
  readonly services: readonly ShownService[];
  readonly handles: RunbookHandles;
}
