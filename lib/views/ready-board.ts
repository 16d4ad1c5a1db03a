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
  readonly store: Pick<Store, "read" | "version" | "happened">;
  readonly now: () => number;
  /** For so long after it was asked for, the board of what is new is made before anybody asks. */
  readonly interestMs?: number;
  /** How often it looks whether anything is new meanwhile. */
  readonly lookMs?: number;
}

/** Time alone changes a board as well: statuses grow old, planned work begins. */
const goodForMs = 1_000;

/** The board of one moment; what it does not know came later than `happened` and `version` were asked for. */
interface Made {
  readonly version: number;
  readonly happened: string;
  readonly at: number;
  readonly json: Promise<Buffer<ArrayBuffer>>;
}

/** What is kept for all who see the same. */
interface Kept {
  readonly sight: Sight;
  askedAt: number;
  ready: Made | null;
  next: Made | null;
}

/**
 * What was told is told again while nothing happened since: however many ask, each change costs one board. While somebody
 * asks every second or two it is made right after the change, and whoever asks meanwhile is told what was known until then:
 * newer numbers may be some hundredths of a second late, what happened never is.
 */
export function createReadyBoard(options: ReadyBoardOptions): ReadyBoard {
  const { store, now, interestMs = 2_500, lookMs = 20 } = options;
  const boards = new Map<string, Kept>();
  let looking = false;

  function make(kept: Kept): Made {
    const at = now();
    const [version, happened] = [store.version(), store.happened()];
    const made: Made = { version, happened, at, json: boardView(store, kept.sight, at).then(boardJson) };
    kept.next = made;
    made.json.then(
      () => {
        if (kept.next === made) Object.assign(kept, { ready: made, next: null });
      },
      () => {
        if (kept.next === made) kept.next = null;
      },
    );
    return made;
  }

  function isGood(made: Made | null): made is Made {
    return made !== null && now() - made.at < goodForMs && made.happened === store.happened();
  }

  function look(): void {
    try {
      for (const [key, kept] of boards) {
        if (now() - kept.askedAt > interestMs) boards.delete(key);
        else if (kept.next === null && kept.ready?.version !== store.version()) make(kept);
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
      const kept = boards.get(sight.key) ?? { sight, askedAt: now(), ready: null, next: null };
      const made = [kept.ready, kept.next].find(isGood) ?? make(kept);
      kept.askedAt = now();
      boards.set(sight.key, kept);
      if (!looking) {
        looking = true;
        setTimeout(look, lookMs).unref();
      }
      return made.json;
    },
  };
}
