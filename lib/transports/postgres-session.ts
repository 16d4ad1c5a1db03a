import { err, ok, type Result } from "#lib/core/result.ts";
import type { PostgresPlace } from "#lib/transports/postgres-failure.ts";
import { type LoggedIn, logInToPostgres, type PostgresWays, postgresPlace } from "#lib/transports/postgres-login.ts";
import { runStatement, type StatementTrouble } from "#lib/transports/postgres-statement.ts";
import type { Bounds, PostgresTarget } from "#lib/transports/types.ts";
import { startWatch, stoppedFailure, type Watch } from "#lib/transports/watch.ts";

/** A session nobody used for this long is ended. */
const idleMs = 5 * 60_000;
/** The server is told to give up this much before our own deadline, so that the session survives a slow statement. */
const serverAheadMs = 150;
/** Room for the answer to a SET. */
const settingBytes = 16_384;

/** What to ask of whom. */
export interface Question {
  readonly target: PostgresTarget;
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly maxBytes: number;
}

/** One warm session of one target. Statements run one after the other. */
export class PostgresSession {
  readonly #ways: PostgresWays;
  #login: LoggedIn | null = null;
  /** What it logged in with. */
  #password: string | undefined;
  /** The server's limit in force in this session; 0 before it was set. */
  #statementTimeoutMs = 0;
  /** Ends when the statement before has ended. */
  #turn: Promise<void> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;

  constructor(ways: PostgresWays) {
    this.#ways = ways;
  }

  /** Waits for its turn, logs in if need be, and runs one statement, all within the deadline. */
  async query<Row>(question: Question, bounds: Bounds): Promise<Result<Row[]>> {
    const watch = startWatch(bounds);
    const before = this.#turn;
    const mine = Promise.withResolvers<void>();
    this.#turn = mine.promise;
    clearTimeout(this.#idle);
    try {
      const turn = await turnComes(before, watch, postgresPlace(question.target));
      if (!turn.ok) return turn;
      const answer = await this.#ask<Row>(question, watch);
      if (question.target.through !== undefined) this.end();
      return answer;
    } finally {
      watch.release();
      // Who gave up waiting lets the next one in only after the one before has ended.
      void before.then(mine.resolve);
      clearTimeout(this.#idle);
      this.#idle = setTimeout(() => this.end(), idleMs).unref();
    }
  }

  /** Ends the session; the next statement makes a new one. */
  end(): void {
    clearTimeout(this.#idle);
    const login = this.#login;
    this.#login = null;
    login?.client.end(() => login.stream.destroy());
  }

  /** A session that the server had ended meanwhile is replaced once, for statements that change nothing. */
  async #ask<Row>(question: Question, watch: Watch): Promise<Result<Row[]>> {
    // A password that was changed is tried at once, not only when the server ends the session some day.
    if (this.#login !== null && this.#password !== question.target.password) this.end();
    for (let fresh = false; ; fresh = true) {
      const warm = this.#login !== null;
      const login = this.#login ? ok(this.#login) : await this.#logIn(question.target, watch);
      if (!login.ok) return login;
      const result = await this.#statement<Row>(login.value, question, watch);
      if (result.ok) return result;
      if (result.error.broken && this.#login === login.value) this.#login = null;
      const again = result.error.failure.kind === "reset" && warm && !fresh && question.target.access !== "writable";
      if (!again) return err(result.error.failure);
    }
  }

  async #logIn(target: PostgresTarget, watch: Watch): Promise<Result<LoggedIn>> {
    const logged = await logInToPostgres(this.#ways, target, watch);
    if (!logged.ok) return logged;
    const login = logged.value;
    const gone = () => {
      if (this.#login === login) this.#login = null;
      login.stream.destroy();
    };
    login.client.on("error", gone);
    login.client.on("end", gone);
    this.#statementTimeoutMs = 0;
    if (target.access !== "writable" && target.through === undefined) {
      const set = await this.#set(login, target, "SET default_transaction_read_only = on", watch);
      if (!set.ok) {
        gone();
        return err(set.error.failure);
      }
    }
    this.#login = login;
    this.#password = target.password;
    return logged;
  }

  async #statement<Row>(login: LoggedIn, question: Question, watch: Watch): Promise<Result<Row[], StatementTrouble>> {
    const { target, sql, values, maxBytes } = question;
    const limitMs = Math.max(50, Math.floor(watch.leftMs() - serverAheadMs));
    // Set anew only when the limit in force is longer than what is left, or much shorter: it costs a round trip.
    const apt = this.#statementTimeoutMs <= limitMs && this.#statementTimeoutMs >= limitMs * 0.8;
    if (!apt && target.through === undefined) {
      const set = await this.#set(login, target, `SET statement_timeout = ${limitMs}`, watch);
      if (!set.ok) return set;
      this.#statementTimeoutMs = limitMs;
    }
    const statementTimeoutMs = target.through === undefined ? this.#statementTimeoutMs : Number.POSITIVE_INFINITY;
    const simple = target.through === "console";
    return await runStatement<Row>(
      login,
      placeOf(target),
      { sql, values, maxBytes, statementTimeoutMs, simple },
      watch,
    );
  }

  async #set(login: LoggedIn, target: PostgresTarget, sql: string, watch: Watch) {
    const statement = { sql, values: [], maxBytes: settingBytes, statementTimeoutMs: Number.POSITIVE_INFINITY };
    return await runStatement<never>(login, placeOf(target), statement, watch);
  }
}

function placeOf(target: PostgresTarget): PostgresPlace {
  return { place: postgresPlace(target), user: target.user };
}

function turnComes(before: Promise<void>, watch: Watch, place: string): Promise<Result<void>> {
  return new Promise((resolve) => {
    watch.whenStopped((reason) => resolve(err(stoppedFailure(reason, watch, `no turn on the session of ${place}`))));
    void before.then(() => {
      if (watch.stopped) return;
      watch.whenStopped(null);
      resolve(ok(undefined));
    });
  });
}
