import { blindWordsOf } from "#lib/core/distrust.ts";
import { type Freshness, pollerSilentMs, statusAt } from "#lib/core/freshness.ts";
import { isCovered } from "#lib/core/planned.ts";
import { type Status, statuses } from "#lib/core/status.ts";
import { verdictOf } from "#lib/core/verdict.ts";
import type { Board, BoardService, Verdict } from "#lib/wire/board.ts";

/** A service as it may be shown at a time: its status already weighed by its age. */
export interface ShownService {
  readonly service: BoardService;
  readonly freshness: Freshness;
  /** In maintenance as a whole: its trouble is planned and does not count. */
  readonly covered: boolean;
}

export interface ShownBoard {
  readonly verdict: Verdict;
  /** Troubled ones first, worst first; then the rest in the order of the configuration. */
  readonly services: readonly ShownService[];
  /** How long the poller gave no sign of life, when that is too long; `null` when it is alive or never ran. */
  readonly silentForMs: number | null;
  readonly pollerNeverRan: boolean;
}

/** Derives what may be shown at `asked` from what was told: the same on the server, live and in a frozen board. Pure. */
export function shownBoard(board: Board, asked: number): ShownBoard {
  // A tab whose clock slept asks with a time before the board was told; nothing in it lies ahead for that.
  const now = Math.max(asked, board.at);
  const { beatAt } = board.poller;
  const silentForMs = beatAt !== null && now - beatAt > pollerSilentMs ? now - beatAt : null;
  const services = board.services.map((told) => {
    const freshness = statusAt(told, beatAt, now);
    return { service: { ...told, status: freshness.status }, freshness, covered: isCovered(told, now) };
  });
  return {
    verdict: verdictOf(
      services.map(({ service }) => service),
      now,
      blindWordsOf(board.poller.notices),
    ),
    services: services.toSorted((a, b) => trouble(b) - trouble(a)),
    silentForMs,
    pollerNeverRan: beatAt === null,
  };
}

/** What stands for the service: what is planned or under way by a rule takes the place of its status. */
export function markOf({ service, covered }: ShownService): Status | "maintenance" | "healing" {
  if (covered) return "maintenance";
  return service.activeRun?.byRule === true ? "healing" : service.status;
}

function trouble({ service, covered }: ShownService): number {
  if (covered) return service.status === "ok" ? 0 : 0.5;
  return statuses.indexOf(service.status);
}
