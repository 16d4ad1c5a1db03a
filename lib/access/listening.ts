import { listeningEveryMs } from "#lib/core/heartbeat.ts";
import { type ListeningSign, openListeningSign } from "#lib/store/listening.ts";

export interface ListeningParts {
  /** Path of the store. */
  readonly file: string;
  readonly now: () => number;
  /** Told once when the store refuses the sign for longer than a busy moment. */
  readonly failing: (cause: unknown) => void;
}

/** Refusals in a row: whoever writes just now makes one of them, and the next sign makes up for it. */
const tellAfter = 3;

/**
 * Tells the poller by the store that the doors for machines are open, for as long as they are. What a job sent while they
 * were shut is lost, and its silence says nothing. Returns the end of it.
 */
export function keepListening({ file, now, failing }: ListeningParts): () => void {
  let sign: ListeningSign | null = null;
  let refusals = 0;
  const give = () => {
    try {
      sign ??= openListeningSign(file);
      sign.give(now());
      refusals = 0;
    } catch (cause) {
      // While nothing can be written, no report can be kept either.
      refusals += 1;
      if (refusals === tellAfter) failing(cause);
    }
  };
  give();
  const timer = setInterval(give, listeningEveryMs);
  return () => {
    clearInterval(timer);
    give();
    sign?.close();
  };
}
