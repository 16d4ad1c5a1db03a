import { pollerLives } from "#lib/core/freshness.ts";
import { readBeat } from "#lib/store/beat.ts";
import type { Store } from "#lib/store/open-store.ts";
import { listServices } from "#lib/store/services.ts";
import { type StoreTrouble, storeTroubleOf } from "#lib/store/store-trouble.ts";
import type { PollerDto } from "#lib/wire/board.ts";

export interface Ready {
  /** Store readable and poller alive: what is shown is current. */
  readonly ready: boolean;
  readonly storeOk: boolean;
  readonly storeTrouble: StoreTrouble | null;
  /** Since the poller's last sign of life; `null` when there never was one or the store cannot be read. */
  readonly pollerAgeMs: number | null;
  readonly pollerOk: boolean;
  /** What it watches, and what it has to say: left out for whoever may not see everything. */
  readonly services?: number;
  readonly notices?: PollerDto["notices"];
}

/** Whether what this process shows can be believed. The store's trouble is an answer here, never a throw. */
export async function readyView(store: Store, seesAll: boolean, now: number): Promise<Ready> {
  try {
    return await store.read(async (reading) => {
      const beat = await readBeat(reading);
      const pollerAgeMs = beat === null ? null : Math.max(0, now - beat.beatAt);
      const pollerOk = beat !== null && pollerLives(beat.beatAt, now);
      return {
        ready: pollerOk,
        storeOk: true,
        storeTrouble: null,
        pollerAgeMs,
        pollerOk,
        ...(seesAll ? { services: (await listServices(reading)).length, notices: [...(beat?.notices ?? [])] } : {}),
      };
    });
  } catch (error) {
    const storeTrouble = storeTroubleOf(error);
    if (storeTrouble === null) throw error;
    return { ready: false, storeOk: false, storeTrouble, pollerAgeMs: null, pollerOk: false };
  }
}
