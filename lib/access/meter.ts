export interface Rate {
  readonly burst: number;
  readonly perMinute: number;
}

/** How often each name has done something lately. */
export interface Meter {
  /** How long this name has to wait, in milliseconds; 0: not at all. Asking costs nothing. */
  readonly waitMs: (key: string, now: number) => number;
  readonly spend: (key: string, now: number) => void;
  /** Takes back whatever this name has spent. */
  readonly forget: (key: string) => void;
  /** How many names are remembered. */
  readonly size: () => number;
}

/** More names than this are not kept; what was asked longest ago is forgotten first. */
const mostNames = 20_000;

/**
 * A leaky bucket as one number a name: the time at which it will be full again (the generic cell rate algorithm of ATM).
 * Two maps, of which the older is dropped when the newer is full, bound the memory and forget the longest silent first.
 */
export function createMeter({ burst, perMinute }: Rate): Meter {
  const everyMs = 60_000 / perMinute;
  const spareMs = (burst - 1) * everyMs;
  let recent = new Map<string, number>();
  let older = new Map<string, number>();
  const remember = (key: string, at: number) => {
    if (recent.size >= mostNames / 2 && !recent.has(key)) {
      older = recent;
      recent = new Map();
    }
    recent.set(key, at);
    return at;
  };
  const fullAt = (key: string, now: number) => {
    const at = recent.get(key) ?? older.get(key) ?? 0;
    // A clock that was set back locks nobody out for longer than a full refill.
    return at > now + burst * everyMs ? remember(key, now + burst * everyMs) : Math.max(at, now);
  };
  return {
    waitMs: (key, now) => Math.max(0, fullAt(key, now) - spareMs - now),
    spend: (key, now) => {
      remember(key, fullAt(key, now) + everyMs);
    },
    forget: (key) => {
      recent.delete(key);
      older.delete(key);
    },
    size: () => recent.size + older.size,
  };
}
