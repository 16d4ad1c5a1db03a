import { argon2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

const derive = promisify(argon2);

/** OWASP Password Storage Cheat Sheet, Argon2id: 19 MiB, two passes, one lane. */
const cost = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const saltBytes = 16;
const tagBytes = 32;

/**
 * Hashes passwords, a bounded number at once: what comes while too many wait is refused. Whoever is known to the account goes
 * before all who are not, and waits in a room of his own: a flood of guesses fills the other.
 */
export interface PasswordHasher {
  /** As a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`. */
  readonly hash: (password: string, isKnown?: boolean) => Promise<string>;
  /** Whether it is the password of that string; `false` for a string that is none. */
  readonly verify: (stored: string, password: string, isKnown?: boolean) => Promise<boolean>;
}

/** So many wait already that one more would only time out. */
export class TooManyWaiting extends Error {
  override readonly name = "TooManyWaiting";
}

export interface HasherBounds {
  /** Hashes at once: each takes 19 MiB and one core. */
  readonly atOnce: number;
  /** In each room. */
  readonly waiting: number;
}

/** Each hash is slow by intent, so whoever may ask for one may ask for too many. Throws `TooManyWaiting`. */
export function createPasswordHasher({ atOnce, waiting }: HasherBounds): PasswordHasher {
  let running = 0;
  const known: (() => void)[] = [];
  const unknown: (() => void)[] = [];
  async function inTurn<T>(isKnown: boolean, work: () => Promise<T>): Promise<T> {
    const queue = isKnown ? known : unknown;
    if (running >= atOnce) {
      if (queue.length >= waiting) throw new TooManyWaiting("too many passwords wait to be checked");
      await new Promise<void>((resolve) => queue.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = known.shift() ?? unknown.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  }
  return {
    hash: (password, isKnown = false) =>
      inTurn(isKnown, async () => {
        const salt = randomBytes(saltBytes);
        return written(salt, await tagOf(password, salt, cost, tagBytes));
      }),
    verify: (stored, password, isKnown = false) =>
      inTurn(isKnown, async () => {
        const read = parsed(stored);
        // The same work is done for what cannot be right, so that the time tells nothing.
        const { salt, tag, ...given } = read ?? { salt: Buffer.alloc(saltBytes), tag: Buffer.alloc(tagBytes), ...cost };
        const found = await tagOf(password, salt, given, tag.length);
        return read !== null && timingSafeEqual(found, tag);
      }),
  };
}

type Cost = Readonly<Record<keyof typeof cost, number>>;

/** Passwords are compared as NFKC: the same letters typed on another keyboard are the same (NIST SP 800-63B, 3.1.1.2). */
async function tagOf(password: string, nonce: Buffer, given: Cost, tagLength: number): Promise<Buffer> {
  const message = password.normalize("NFKC");
  return await derive("argon2id", { message, nonce, tagLength, ...given });
}

const base64 = (bytes: Buffer) => bytes.toString("base64").replace(/={1,2}$/, "");

function written(salt: Buffer, tag: Buffer): string {
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${base64(salt)}$${base64(tag)}`;
}

const phc = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/;

function parsed(stored: string): (Cost & { readonly salt: Buffer; readonly tag: Buffer }) | null {
  const [, memory, passes, parallelism, salt, tag] = phc.exec(stored) ?? [];
  if (salt === undefined || tag === undefined) return null;
  return {
    memory: Number(memory),
    passes: Number(passes),
    parallelism: Number(parallelism),
    salt: Buffer.from(salt, "base64"),
    tag: Buffer.from(tag, "base64"),
  };
}
