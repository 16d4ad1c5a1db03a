import type { Board, BoardService, OfferDto } from "#lib/wire/board.ts";
import type { ProofWays } from "#lib/wire/sign-in.ts";

/** Whoever looks at the pages of the team: who he is, and why he may not press what he may not. */
export interface Viewer {
  readonly name: string;
  readonly email: string;
  readonly proofs: ProofWays;
  /** In a word: the most he may anywhere. */
  readonly role: string;
  readonly administers: boolean;
  /** By the name of a group. */
  readonly groups: Readonly<Record<string, Lacks>>;
  /** Over services without a group, and over everything at once. */
  readonly everywhere: Lacks;
  /** Where one group is enough. */
  readonly anywhere: Lacks;
}

/** Why not, in words for a person; `null`: he may. The server asks again and refuses by itself. */
export interface Lacks {
  /** Acknowledge, silence, plan work, share, check now. */
  readonly respond: string | null;
  /** Run what is safe or disruptive. */
  readonly act: string | null;
  /** Run what is of high or critical risk. */
  readonly actAtHighRisk: string | null;
}

/** What the viewer lacks over services of that group. Pure. */
export function lacksOver(viewer: Viewer, group: string | null): Lacks {
  if (group === null || !Object.hasOwn(viewer.groups, group)) return viewer.everywhere;
  return viewer.groups[group] ?? viewer.everywhere;
}

/** The board with each offer blocked that the viewer may not run; the reason of his role comes before that of the moment. Pure. */
export function blockedFor(viewer: Viewer, board: Board): Board {
  const { act, actAtHighRisk } = viewer.everywhere;
  if (act === null && actAtHighRisk === null) return board;
  return { ...board, services: board.services.map((service) => blockedService(viewer, service)) };
}

function blockedService(viewer: Viewer, service: BoardService): BoardService {
  const lacks = lacksOver(viewer, service.group);
  if (lacks.act === null && lacks.actAtHighRisk === null) return service;
  return {
    ...service,
    actions: service.actions.map((offer) => ({ ...offer, blocked: lackFor(lacks, offer) ?? offer.blocked })),
  };
}

function lackFor(lacks: Lacks, { risk }: OfferDto): string | null {
  return risk === "high" || risk === "critical" ? lacks.actAtHighRisk : lacks.act;
}
