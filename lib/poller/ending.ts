/**
 * Ends the polls of one service, which come one after the other: each at its deadline, all of them once the service left. One
 * signal serves poll after poll until it had to end one, for making it anew costs more than most of what is asked.
 */
export class Ending {
  #controller = new AbortController();
  #gone = false;
  /** Hears that the poll at hand was ended; takes the place of whoever heard before. */
  onEnd: (() => void) | null = null;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Nobody wants its polls any more. */
  get gone(): boolean {
    return this.#gone;
  }

  /** The poll at hand is over time. */
  cut(): void {
    const ended = this.#controller;
    this.#controller = new AbortController();
    ended.abort(new DOMException("deadline", "TimeoutError"));
    this.onEnd?.();
  }

  /** The service is no longer watched, or the poller stops. */
  leave(): void {
    this.#gone = true;
    this.#controller.abort(new DOMException("the service is no longer watched", "AbortError"));
    this.onEnd?.();
  }
}
