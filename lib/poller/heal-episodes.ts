import type { HealLedger } from "#lib/poller/heal-ledger.ts";

/** What the ledger tells once and counts while it goes on, by target. */
export interface HealEpisodes {
  /** The same as before is counted on; anything else ends it and is told by `tell`, which returns the row's id. */
  readonly tell: (target: string, same: string, polledAt: number, tell: () => Promise<string>) => Promise<void>;
  /** It is still so. */
  readonly goOn: (target: string, polledAt: number) => Promise<void>;
  readonly isSame: (target: string, same: string) => boolean;
  readonly close: (target: string) => Promise<void>;
  readonly targets: () => string[];
}

interface Episode {
  readonly id: string;
  readonly same: string;
  times: number;
  /** Of the last poll that was counted. */
  polledAt: number;
  writtenAt: number;
}

/** How often the count of something that goes on is written. */
const countEveryMs = 30_000;

export function createHealEpisodes(ledger: Pick<HealLedger, "count">, now: () => number): HealEpisodes {
  const episodes = new Map<string, Episode>();

  async function goOn(target: string, polledAt: number): Promise<void> {
    const episode = episodes.get(target);
    if (episode === undefined || polledAt <= episode.polledAt) return;
    episode.times += 1;
    episode.polledAt = polledAt;
    if (now() - episode.writtenAt < countEveryMs) return;
    episode.writtenAt = now();
    await ledger.count(episode.id, { times: episode.times, lastAt: polledAt }, null);
  }

  async function close(target: string): Promise<void> {
    const episode = episodes.get(target);
    if (episode === undefined) return;
    episodes.delete(target);
    await ledger.count(episode.id, { times: episode.times, lastAt: episode.polledAt }, now());
  }

  return {
    goOn,
    close,
    tell: async (target, same, polledAt, tell) => {
      if (episodes.get(target)?.same === same) return await goOn(target, polledAt);
      await close(target);
      episodes.set(target, { id: await tell(), same, times: 1, polledAt, writtenAt: now() });
    },
    isSame: (target, same) => episodes.get(target)?.same === same,
    targets: () => [...episodes.keys()],
  };
}
