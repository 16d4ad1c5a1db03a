import type { Result } from "#lib/core/result.ts";
import type { CheckResult } from "#lib/integrations/integration.ts";
import type { PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { Asking, Context, PostgresStep } from "#lib/integrations/postgres/remedies/ask.ts";

/** Who moves to whom. */
export interface Move {
  readonly from: PostgresNodeConfig;
  readonly to: PostgresNodeConfig;
}

/** Where clients go in. */
export interface Entrance {
  /** Of the road. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly database: string;
  readonly through?: "pooler";
}

/** `when free`: the primary is well, and clients may end what they are at. `at once`: it is dead, and they wait in vain. */
export type Shutting = "when free" | "at once";

/** A way that clients go to the node which takes writes, whatever program it is. */
export interface Road {
  readonly name: string;
  /** What a plan locks: `lb-1 / pg-write`. */
  readonly touches: string;
  /** One for each database that it leads to. */
  readonly entrances: readonly [Entrance, ...Entrance[]];
  /** Whether it can be moved now, and leads where it should. */
  readonly check: (context: Context, move: Move, fromMust: "lead there" | "be anything") => Promise<CheckResult>;
  /** What it knows of a node that nobody reaches: `block` when it still does. */
  readonly hears: (context: Context, node: PostgresNodeConfig) => Promise<CheckResult>;
  /** Whether it can keep clients off a node: part of a fence. */
  readonly fences: (context: Context, node: PostgresNodeConfig) => Promise<CheckResult>;
  /** Names of the nodes that it leads clients to; empty while it holds them. */
  readonly leadsTo: (context: Asking) => Promise<Result<readonly string[]>>;
  /** Keeps clients off the node. */
  readonly shut: (node: PostgresNodeConfig, how: Shutting) => PostgresStep;
  /** Leads clients to the node, proven by a write that goes their way. */
  readonly open: (node: PostgresNodeConfig) => PostgresStep;
  /**
   * Lets clients go on who still wait, whatever became of the run: to the node that takes writes, where there is one. `null`
   * where nobody waits.
   */
  readonly release: (() => PostgresStep) | null;
  /** Lets a former primary stand by on it; `null` where there is no such thing. */
  readonly back: ((node: PostgresNodeConfig, primary: PostgresNodeConfig) => PostgresStep) | null;
  /** Shuts it again where something opened it behind our back. A sentence of what it had to do; mostly `null`. */
  readonly hold: (context: Asking, node: PostgresNodeConfig, primary: PostgresNodeConfig) => Promise<string | null>;
}
