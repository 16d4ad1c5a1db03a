import { identifyRequest } from "#lib/access/identify-request.ts";
import { type Sight, sightOf } from "#lib/access/sight.ts";
import type { Store } from "#lib/store/open-store.ts";
import { rightLost } from "./frame-stream.ts";

/** A stream outlives many requests: who lost the right to it keeps it no longer than this. */
const askEveryMs = 4_000;

/**
 * Aborts when whoever opened this stream has been signed out, revoked or given other rights since: he must come in again
 * by the door. It asks as long as the stream is open.
 */
export function noLongerMay(store: Store, request: Request, sight: Sight): AbortSignal {
  const ended = new AbortController();
  const timer = setInterval(async () => {
    try {
      const actor = await identifyRequest(store, request.headers, Date.now(), { touch: false });
      if (actor === null || sightOf(actor).key !== sight.key) end();
    } catch (cause) {
      console.error("who listens cannot be asked", cause);
      end();
    }
  }, askEveryMs);
  const end = () => {
    clearInterval(timer);
    ended.abort(rightLost);
  };
  timer.unref();
  request.signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  return ended.signal;
}
