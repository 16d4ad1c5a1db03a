import type { Sight } from "#lib/access/sight.ts";
import type { Store } from "#lib/store/open-store.ts";
import { boardJson } from "#lib/views/board-json.ts";
import { boardView } from "#lib/views/board-view.ts";

/** The board of now as JSON, for whoever asks for it again and again. */
export interface ReadyBoard {
  /** As far as `sight` reaches. Throws what `storeTroubleOf` understands. */
  readonly json: (sight: Sight) => Promise<Buffer<ArrayBuffer>>;
}

export interface ReadyBoardOptions {
  readonly store: Pick<Store, "read" | "version">;
  readonly now: () => number;
  /** Time alone changes a board as well: statuses grow old, planned work begins. */
  readonly goodForMs?: number;
  /** For so long after it was asked for, the board of what is new is made before anybody asks. */
  readonly interestMs?: number;
  /** How often it looks whether anything is new meanwhile. */
  readonly lookMs?: number;
}

interface Kept {
  readonly sight: Sight;
  readonly version: number;
  readonly at: number;
  readonly json: Promise<Buffer<ArrayBuffer>>;
  askedAt: number;
}

/**
 * What was told is told again to all who see the same, as long as nothing was written since: however many ask, each change
 * costs one board. While somebody asks every second or two, it is made right after the change, when nobody waits for it.
 */
export function createReadyBoard(options: ReadyBoardOptions): ReadyBoard {
  const { store, now, goodForMs = 1_000, interestMs = 2_500, lookMs = 20 } = options;
  const boards = new Map<string, Kept>();
  let looking = false;

  function make(sight: Sight, askedAt: number): Kept {
    const at = now();
    // Before the cut is taken: what comes in between makes it older than it is, never newer.
    const version = store.version();
    const json = boardView(store, sight, at).then(boardJson);
    const kept = { sight, version, at, json, askedAt };
    boards.set(sight.key, kept);
    json.catch(() => {
      if (boards.get(sight.key) === kept) boards.delete(sight.key);
    });
    return kept;
  }

  function look(): void {
    try {
      const version = store.version();
      for (const [key, kept] of boards) {
        if (now() - kept.askedAt > interestMs) boards.delete(key);
        else if (kept.version !== version) make(kept.sight, kept.askedAt);
      }
    } catch {
      // The store is in trouble: the next who asks meets it himself, and is told.
      boards.clear();
    }
    looking = boards.size > 0;
    if (looking) setTimeout(look, lookMs).unref();
  }

  return {
    json: (sight) => {
      const known = boards.get(sight.key);
      const good = known !== undefined && known.version === store.version() && now() - known.at < goodForMs;
      const kept = good ? known : make(sight, now());
      kept.askedAt = now();
      if (!looking) {
        looking = true;
        setTimeout(look, lookMs).unref();
      }
      return kept.json;
    },
  };
}
