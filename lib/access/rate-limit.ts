import { isIPv6 } from "node:net";
import { createMeter, type Rate } from "#lib/access/meter.ts";

/**
 * Who may ask how often, as a bucket that refills: `burst` at once, then `perMinute`. Each holds for one account, for one
 * address and for all together. The last is what remains against a crowd of addresses; nobody who asks as people and
 * their scripts do comes near it.
 */
export const limits = {
  /** Addresses that are secrets themselves: shared boards, invitations, walls. */
  link: { account: rate(60, 60), address: rate(60, 60), all: rate(600, 3_000) },
  /**
   * Whatever is sent to where one signs in, before anybody looks at it: a flood of one address costs next to nothing.
   * What may be guessed is bounded far below this: `identity/sign-in-limits.ts`.
   */
  try: { account: rate(120, 240), address: rate(120, 240), all: rate(20_000, 200_000) },
  /** What makes servers do something. */
  run: { account: rate(20, 20), address: rate(40, 40), all: rate(100, 100) },
  api: { account: rate(300, 600), address: rate(600, 1_200), all: rate(6_000, 30_000) },
} as const satisfies Readonly<Record<string, Limit>>;

export type LimitName = keyof typeof limits;

export interface Limit {
  readonly account: Rate;
  readonly address: Rate;
  readonly all: Rate;
}

export interface Asker {
  /** Id of the account or token; `null` when there is none. */
  readonly account: string | null;
  /** Address of the client; `null` when it is not known, and then only the other bounds hold. */
  readonly address: string | null;
}

/** Whether it is allowed, and otherwise after how many seconds to ask again. */
export type Taken = { readonly ok: true } | { readonly ok: false; readonly retryAfterSeconds: number };

export interface RateLimits {
  /** Counts one request. What is refused costs nothing more, so that asking on does not prolong the wait. */
  readonly take: (name: LimitName, asker: Asker, now: number) => Taken;
  /** How many names are remembered, for the figures. */
  readonly remembered: () => number;
}

/** The limits of one process. They live in memory: after a start everybody has the full burst once more. */
export function createRateLimits(named: Readonly<Record<LimitName, Limit>> = limits): RateLimits {
  const meters = new Map(
    Object.entries(named).map(([name, { account, address, all }]) => [
      name,
      { account: createMeter(account), address: createMeter(address), all: createMeter(all) },
    ]),
  );
  return {
    take: (name, { account, address }, now) => {
      const meter = meters.get(name);
      if (meter === undefined) return { ok: true };
      const asked = [
        ...(account === null ? [] : [{ meter: meter.account, key: account.slice(0, 200) }]),
        ...(address === null ? [] : [{ meter: meter.address, key: networkOf(address) }]),
        { meter: meter.all, key: "" },
      ];
      const waitMs = Math.max(...asked.map((one) => one.meter.waitMs(one.key, now)));
      if (waitMs > 0) return { ok: false, retryAfterSeconds: Math.ceil(waitMs / 1_000) };
      for (const one of asked) one.meter.spend(one.key, now);
      return { ok: true };
    },
    remembered: () =>
      [...meters.values()].reduce((sum, { account, address }) => sum + account.size() + address.size(), 0),
  };
}

/** What counts as one address: of IPv6 the whole /64, which one customer has to himself. */
export function networkOf(address: string): string {
  const plain = address.toLowerCase().replace(/%.*$/, "");
  if (!isIPv6(plain)) return plain.slice(0, 60);
  // A dotted tail stands in the last two groups, which are not kept.
  const [left = "", right] = plain.replace(/\d{1,3}(?:\.\d{1,3}){3}$/, "0:0").split("::");
  const head = left === "" ? [] : left.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  const gap = right === undefined ? 0 : Math.max(0, 8 - head.length - tail.length);
  const groups = [...head, ...Array<string>(gap).fill("0"), ...tail];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

function rate(burst: number, perMinute: number): Rate {
  return { burst, perMinute };
}
