import type { Client } from "ssh2";
import { err, ok, type Result } from "#lib/core/result.ts";
import { stoppedFailure, type Watch } from "#lib/transports/watch.ts";

/** A connection nobody used for this long is closed. */
const idleMs = 5 * 60_000;
/** sshd allows 10 sessions a connection (`MaxSessions`); some stay free for ending commands that went on too long. */
const maxSessions = 6;

/** A warm connection to one sshd, shared by all who need that host. It closes itself when idle. */
export class Connection {
  readonly client: Client;
  /** `10.0.0.5:22`. */
  readonly place: string;
  readonly closed: Promise<void>;
  #alive = true;
  #holders = 0;
  #sessions = 0;
  /** Who waits for a session, in order. */
  readonly #waiting: Array<() => void> = [];
  #idle: NodeJS.Timeout | undefined;

  constructor(client: Client, place: string) {
    this.client = client;
    this.place = place;
    this.closed = new Promise((resolve) => {
      client.once("close", () => {
        this.#alive = false;
        clearTimeout(this.#idle);
        // They go on, find the connection closed, and make a new one within their own deadline.
        for (const go of this.#waiting.splice(0)) go();
        resolve();
      });
    });
    client.setMaxListeners(0);
    client.on("error", () => this.retire());
    client.once("end", () => this.retire());
    this.#rest();
  }

  /** `false` once it broke or was given up: whoever comes next needs a new one. */
  get alive(): boolean {
    return this.#alive;
  }

  /** Keeps it open until the returned function is called. */
  hold(): () => void {
    this.#holders += 1;
    clearTimeout(this.#idle);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holders -= 1;
      this.#rest();
    };
  }

  /** Waits for one of the few sessions sshd allows on a connection. What comes back gives it up again. */
  session(watch: Watch): Promise<Result<() => void>> {
    return new Promise((resolve) => {
      const take = () => {
        watch.whenStopped(null);
        this.#sessions += 1;
        let taken = true;
        const giveBack = () => {
          if (!taken) return;
          taken = false;
          this.#sessions -= 1;
          this.#waiting.shift()?.();
        };
        resolve(ok(giveBack));
      };
      if (this.#sessions < maxSessions) {
        take();
        return;
      }
      this.#waiting.push(take);
      watch.whenStopped((reason) => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        resolve(err(stoppedFailure(reason, watch, `no free session on ${this.place}`)));
      });
    });
  }

  /** Nobody new gets it, and it is closed when the last one leaves. */
  retire(): void {
    this.#alive = false;
    this.#rest();
  }

  /** Closes it whoever uses it. */
  close(): void {
    this.#alive = false;
    clearTimeout(this.#idle);
    this.client.end();
  }

  #rest(): void {
    clearTimeout(this.#idle);
    if (this.#holders > 0) return;
    // A connection that was given up may be one that answers nothing, so it is not asked for a polite end.
    if (!this.#alive) this.client.destroy();
    else this.#idle = setTimeout(() => this.close(), idleMs).unref();
  }
}
