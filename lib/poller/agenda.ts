import type { Waiting } from "#lib/poller/schedule.ts";

/**
 * Those that wait for their next poll, in order: longest due first, then the more important. A look at it costs by what is
 * due, not by how many wait. While one is in it, its `dueAt` stays as it is.
 */
export class Agenda<T extends Waiting> {
  /** The next one is the last, where it is cheapest to take. */
  readonly #waiting: T[];

  constructor(waiting: Iterable<T> = []) {
    this.#waiting = [...waiting].sort((a, b) => (isBefore(a, b) ? 1 : -1));
  }

  put(one: T): void {
    let from = 0;
    let to = this.#waiting.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (isBefore(one, this.#waiting[middle] as T)) from = middle + 1;
      else to = middle;
    }
    this.#waiting.splice(from, 0, one);
  }

  /** It waits no longer, or was not waiting. */
  drop(one: T): void {
    const at = this.#waiting.indexOf(one);
    if (at !== -1) this.#waiting.splice(at, 1);
  }

  /** What is due at `now`, at most `room` of it; it is no longer in here. */
  takeDue(now: number, room: number): T[] {
    const due: T[] = [];
    while (due.length < room && this.nextAt() <= now) due.push(this.#waiting.pop() as T);
    return due;
  }

  /** When the next one is due. */
  nextAt(): number {
    return this.#waiting.at(-1)?.dueAt ?? Number.POSITIVE_INFINITY;
  }
}

function isBefore(a: Waiting, b: Waiting): boolean {
  return a.dueAt === b.dueAt ? a.slot.rank < b.slot.rank : a.dueAt < b.dueAt;
}
