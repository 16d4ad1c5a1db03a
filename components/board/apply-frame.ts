import type { Board } from "#lib/wire/board.ts";
import type { Frame } from "#lib/wire/events.ts";

/**
 * The board after one frame of the event stream. Frames may overlap or arrive twice after a re-connect: a service that is
 * already newer stays, and a frame older than the board changes nothing but what the board lacks.
 */
export function applyFrame(board: Board, frame: Frame): Board {
  const older = frame.seq < board.seq || frame.at < board.at;
  const removed = new Set(frame.removed);
  const changed = new Map(frame.services.map((service) => [service.id, service]));
  const kept = board.services
    .filter((service) => !removed.has(service.id))
    .map((service) => {
      const next = changed.get(service.id);
      changed.delete(service.id);
      return next !== undefined && next.seq >= service.seq ? next : service;
    });
  const services = [...kept, ...changed.values()];
  if (older) return { ...board, services };
  return {
    at: frame.at,
    seq: frame.seq,
    poller: frame.poller,
    verdict: frame.verdict,
    services,
    incidents: frame.incidents ?? [],
    automation: frame.automation ?? [],
    following: frame.following ?? [],
  };
}

/** Whether the frame comes from another store than the board: its numbers began again, so a difference means nothing. */
export function isOtherStore(board: Board, frame: Frame): boolean {
  return frame.at > board.at && frame.seq < board.seq;
}
