import { setTimeout as sleep } from "node:timers/promises";
import { boardView } from "#lib/views/board-view.ts";
import { pollRequestView } from "#lib/views/poll-request-view.ts";
import type { Call } from "./endpoint.ts";
import { json } from "./endpoint.ts";
import { problemOf } from "./problem.ts";

/** A poll that takes longer is answered with 202; its result is on the board when it comes. */
const waitedMs = 10_000;
const everyMs = 100;

/** Waits until the poller has done what was requested, and answers with what it found. */
export async function pollAnswer(
  { store, sight, request, now }: Pick<Call, "store" | "sight" | "request" | "now">,
  requestId: string,
): Promise<Response> {
  const giveUpAt = now + waitedMs;
  for (;;) {
    const poll = await pollRequestView(store, requestId);
    if (!poll.ok) return problemOf(poll.error);
    const { serviceId, finishedAt } = poll.value;
    if (finishedAt !== null) {
      const board = await boardView(store, sight, Date.now());
      const services = board.services.filter((service) => serviceId === null || service.id === serviceId);
      return json({ id: requestId, finishedAt, services });
    }
    if (Date.now() > giveUpAt || request.signal.aborted)
      return json({ id: requestId, finishedAt: null, services: [] }, 202);
    await sleep(everyMs);
  }
}
