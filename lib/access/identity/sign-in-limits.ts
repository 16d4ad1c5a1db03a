import { createMeter, type Meter } from "#lib/access/meter.ts";
import { networkOf } from "#lib/access/rate-limit.ts";

/** How often somebody may try. All are counted in this process, in bounded memory. */
export interface SignInLimits {
  /** Seconds to wait before another try; `null`: go on. Only a try that goes on is counted. */
  readonly attempt: (who: Attempt, now: number) => number | null;
  /** A try that was right takes back what it counted against the account. */
  readonly succeeded: (who: Attempt) => void;
}

export interface Attempt {
  readonly from: string | null;
  /** The address that was given as whose account; `null` where none is. */
  readonly email: string | null;
  /** Whether this browser has signed in to that account before: `knownBrowser`. */
  readonly known: boolean;
}

/** So many at once, and then one more whenever so much of a minute has gone by. */
const bounds = {
  /** Of one account from one address: eight, then one in two minutes. */
  pair: { burst: 8, perMinute: 0.5 },
  /** Of one address of the network. */
  from: { burst: 30, perMinute: 6 },
  /** Of one account from browsers that never signed in to it: guessing from everywhere locks out nobody who is known. */
  strangers: { burst: 60, perMinute: 4 },
  /** Everybody who is not known together: fewer at once than may wait to be hashed, so that the known still find room there. */
  all: { burst: 25, perMinute: 300 },
} as const;

/**
 * A browser that is known to the account is bounded by its own tries alone, whatever others do meanwhile, from wherever.
 * Where nobody is named, as with a link or a passkey, nothing is hashed, and the address alone counts.
 */
export function createSignInLimits(): SignInLimits {
  const pair = createMeter(bounds.pair);
  const from = createMeter(bounds.from);
  const strangers = createMeter(bounds.strangers);
  const all = createMeter(bounds.all);
  const ofAccount = (who: Attempt): readonly (readonly [Meter, string])[] => {
    if (who.email === null) return [];
    const own = [pair, `${placeOf(who)} ${who.known ? "known" : ""} ${who.email}`] as const;
    return who.known ? [own] : [own, [strangers, who.email]];
  };
  const counted = (who: Attempt): readonly (readonly [Meter, string])[] =>
    who.known
      ? ofAccount(who)
      : who.email === null
        ? [[from, `${placeOf(who)} unnamed`]]
        : [[from, placeOf(who)], ...ofAccount(who), [all, ""]];
  return {
    attempt: (who, now) => {
      const meters = counted(who);
      const waitMs = Math.max(...meters.map(([meter, key]) => meter.waitMs(key, now)));
      if (waitMs > 0) return Math.max(1, Math.ceil(waitMs / 1_000));
      for (const [meter, key] of meters) meter.spend(key, now);
      return null;
    },
    succeeded: (who) => {
      for (const [meter, key] of ofAccount(who)) meter.forget(key);
    },
  };
}

function placeOf({ from }: Attempt): string {
  return from === null ? "nowhere" : networkOf(from);
}
