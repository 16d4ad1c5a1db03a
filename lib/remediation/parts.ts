import type { Logger } from "pino";
import type { Result } from "#lib/core/result.ts";
import type { Watcher } from "#lib/remediation/watcher.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { Transports } from "#lib/transports/types.ts";

/** What the engine works with. */
export interface EngineParts {
  readonly store: Store;
  readonly watcher: Watcher;
  readonly transports: Transports;
  readonly secret: (reference: string) => Result<string>;
  /** Takes known secrets out of any text. */
  readonly redact: (text: string) => string;
  readonly now: () => number;
  readonly log: Logger;
}
