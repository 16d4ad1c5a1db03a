import { failure } from "#lib/core/failure.ts";
import { deafSpans, type Mail } from "#lib/core/heartbeat.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Loop } from "#lib/poller/loop.ts";
import { heartbeatsAfter, listHeartbeats, newestHeartbeat, rewordHeartbeat } from "#lib/store/heartbeats.ts";
import { listListening, pruneListening } from "#lib/store/listening.ts";
import type { Store } from "#lib/store/open-store.ts";
import { findService } from "#lib/store/services.ts";
import { storeTroubleOf } from "#lib/store/store-trouble.ts";

/** As many as a panel can show, and the ends that belong to them. */
const readAtOnce = 200;
const pruneEveryMs = 3_600_000;

/** Hands a collector what its own service sent, and no other's. */
export function mailReader(store: Store, now: () => number): (serviceId: string) => Promise<Result<Mail>> {
  return async (serviceId) => {
    try {
      return await store.read(async (reading) => {
        const service = await findService(reading, serviceId);
        const expectedSince = service?.expectedSince;
        if (expectedSince === undefined) return ok({ heartbeats: [], deaf: [], expectedSince: now() });
        const heartbeats = await listHeartbeats(reading, serviceId, readAtOnce);
        const from = Math.min(expectedSince, heartbeats.at(-1)?.at ?? expectedSince);
        const listened = await listListening(reading, from);
        return ok({ heartbeats, deaf: deafSpans(listened, from, now()), expectedSince });
      });
    } catch (cause) {
      const trouble = storeTroubleOf(cause);
      if (trouble === null) throw cause;
      return err(failure("cannot-see", `what it sent could not be read: ${trouble.what}`));
    }
  };
}

/** Sees that reports came: takes known secrets out of them, and has their services judged at once. */
export interface Mailroom {
  /** Looks once; cheap when nothing came. */
  readonly step: () => Promise<void>;
}

export function createMailroom(
  store: Store,
  loop: Pick<Loop, "pollNow">,
  redact: (text: string) => string,
  now: () => number,
): Mailroom {
  let seen = newestHeartbeat(store.history);
  let pruneAt = 0;

  async function sort(): Promise<void> {
    const came = await store.read((reading) => heartbeatsAfter(reading, seen));
    const secretive = came.flatMap(({ id, message, log }) => {
      const clean = { id, message: message && redact(message), log: log && redact(log) };
      return clean.message === message && clean.log === log ? [] : [clean];
    });
    if (secretive.length > 0) {
      await store.write(async (writing) => {
        for (const clean of secretive) await rewordHeartbeat(writing, clean);
      });
    }
    // The polls go on by themselves; a flood of reports of one service is one poll.
    for (const id of new Set(came.map(({ serviceId }) => serviceId))) void loop.pollNow(id);
    seen = came.at(-1)?.id ?? seen;
  }

  return {
    step: async () => {
      if (newestHeartbeat(store.history) > seen) await sort();
      if (now() < pruneAt) return;
      pruneAt = now() + pruneEveryMs;
      await store.write((writing) => pruneListening(writing, now()));
    },
  };
}
