import dns from "node:dns";
import type { LookupFunction } from "node:net";

type Waiter = (error: NodeJS.ErrnoException | null, found: dns.LookupAddress[]) => void;

/** Looks one name up; 0 is either family. */
export type ResolveName = (name: string, family: 0 | 4 | 6, done: Waiter) => void;

/** By the system's resolver: hosts file, search list, and all. */
export const systemNames: ResolveName = (name, family, done) => {
  dns.lookup(name, { all: true, family, order: "verbatim" }, (error, found) => done(error, found ?? []));
};

/**
 * A `lookup` for sockets. Callers who ask for one name at the same time share one look-up: the system's resolver blocks a
 * thread of a small pool, so a name whose server hangs must not hold more than one of them however often it is polled.
 * Nothing is remembered after the answer.
 */
export function createNameLookup(resolve: ResolveName): LookupFunction {
  const waiting = new Map<string, Waiter[]>();
  return (name, options, callback) => {
    const family = options.family === 4 || options.family === "IPv4" ? 4 : options.family ? 6 : 0;
    const key = `${family} ${name}`;
    const answer: Waiter = (error, found) => {
      const first = found[0];
      if (error || !first) callback(error ?? notFound(name), options.all ? [] : "", 0);
      else if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    };
    const others = waiting.get(key);
    if (others) {
      others.push(answer);
      return;
    }
    const waiters = [answer];
    waiting.set(key, waiters);
    resolve(name, family, (error, found) => {
      waiting.delete(key);
      for (const waiter of waiters) waiter(error, found);
    });
  };
}

function notFound(name: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address for ${name}`), { code: "ENOTFOUND" });
}
