import type { BoardService } from "#lib/wire/board.ts";

/** `null` when what is shown is confirmed. Nothing is said of a service that was never seen, nor where a sample does not count. */
export function confirmationWords({
  status,
  state,
  attempt,
  flapping,
}: Pick<BoardService, "status" | "state" | "attempt" | "flapping">): { short: string; why: string } | null {
  if (flapping === true) {
    return { short: "flapping", why: "Its status comes and goes; nobody is called until it stays." };
  }
  if (state !== "soft" || attempt === undefined || attempt.n === 0) return null;
  const what = status === "ok" ? "The recovery" : "The trouble";
  return {
    short: `confirming ${attempt.n} of ${attempt.of}`,
    why: `${what} was seen by ${attempt.n} of ${attempt.of} polls; nobody is called before it is confirmed.`,
  };
}
