import { RateLimiterMemory } from "rate-limiter-flexible";
import { networkOf } from "#lib/access/rate-limit.ts";

/** How often somebody may try. All are counted in this process; what is counted is forgotten after its time. */
export interface SignInLimits {
  /** Seconds to wait before another try; `null`: go on. The try is counted. */
  readonly attempt: (who: Attempt) => Promise<number | null>;
  /** A try that was right takes back what it counted against the account. */
  readonly succeeded: (who: Attempt) => Promise<void>;
}

export interface Attempt {
  readonly from: string | null;
  /** The address that was given as whose account; `null` where none is. */
  readonly email: string | null;
  /** Whether this browser has signed in to that account before: `knownBrowser`. */
  readonly known: boolean;
}

const minutes = 60;
const bounds = {
  /** Everybody together: more than any team, and little enough that nothing grows. */
  all: { points: 50, duration: 1 },
  /** Of one address of the network. */
  from: { points: 30, duration: 5 * minutes },
  /** Of one account from one address. */
  pair: { points: 8, duration: 15 * minutes },
  /** Of one account from browsers that never signed in to it: guessing from everywhere locks out nobody who is known. */
  strangers: { points: 60, duration: 15 * minutes },
} as const;

export function createSignInLimits(): SignInLimits {
  const [all, from, pair, strangers] = [bounds.all, bounds.from, bounds.pair, bounds.strangers].map(
    (bound) => new RateLimiterMemory(bound),
  ) as [RateLimiterMemory, RateLimiterMemory, RateLimiterMemory, RateLimiterMemory];
  const counted = (who: Attempt): readonly (readonly [RateLimiterMemory, string])[] => [
    [all, "all"],
    [from, placeOf(who)],
    ...accountCounts(who),
  ];
  const accountCounts = (who: Attempt): readonly (readonly [RateLimiterMemory, string])[] => {
    if (who.email === null) return [];
    const own = [pair, `${placeOf(who)} ${who.known ? "known" : ""} ${who.email}`] as const;
    return who.known ? [own] : [own, [strangers, who.email]];
  };
  return {
    attempt: async (who) => {
      // One after the other: what the first refuses leaves no trace in the next.
      for (const [limiter, key] of counted(who)) {
        const waitMs = await limiter.consume(key).then(
          () => null,
          (refused: { readonly msBeforeNext: number }) => refused.msBeforeNext,
        );
        if (waitMs !== null) return Math.max(1, Math.ceil(waitMs / 1_000));
      }
      return null;
    },
    succeeded: async (who) => {
      for (const [limiter, key] of accountCounts(who)) await limiter.delete(key);
    },
  };
}

function placeOf({ from }: Attempt): string {
  return from === null ? "nowhere" : networkOf(from);
}
