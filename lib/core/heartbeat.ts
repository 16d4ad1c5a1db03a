/** What a job says of itself: a run begins, or it ended well or badly. */
export const heartbeatWords = ["start", "success", "fail"] as const;
export type HeartbeatWord = (typeof heartbeatWords)[number];

/** One report of a job, as it came in. Its texts are another program's: bounded and made harmless at the door. */
export interface Heartbeat {
  /** Rises with each one that comes. */
  readonly id: number;
  /** When it came, by Pitwall's clock: epoch milliseconds. */
  readonly at: number;
  readonly says: HeartbeatWord;
  /** The job's own name for the run, which ties its end to its beginning. */
  readonly run: string | null;
  readonly exitCode: number | null;
  readonly durationMs: number | null;
  readonly message: string | null;
  /** The end of what it printed. */
  readonly log: string | null;
  /** Address that it came from. */
  readonly from: string | null;
}

/** From then until then, in epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** What a service that reports itself has sent, and what may be missing of it. */
export interface Mail {
  /** Oldest first; of many only the last ones. */
  readonly heartbeats: readonly Heartbeat[];
  /** When nobody listened: what was sent then is lost, and says nothing of the job. Oldest first. */
  readonly deaf: readonly Span[];
  /** Since when reports are expected as the options say now: nothing that was due before counts. */
  readonly expectedSince: number;
}

/** How often the web says that it listens; what it said last holds for a little longer than that. */
export const listeningEveryMs = 2_000;
const holdsMs = 8_000;

/** The stretches between `from` and `now` that no time of listening covers. `listened` is in the order of time. Pure. */
export function deafSpans(listened: readonly Span[], from: number, now: number): Span[] {
  const deaf: Span[] = [];
  let heardTo = from;
  for (const span of listened) {
    if (span.from > heardTo) deaf.push({ from: heardTo, until: Math.min(span.from, now) });
    heardTo = Math.max(heardTo, span.until);
  }
  // The last sign of life is always a little old.
  if (now - heardTo > holdsMs) deaf.push({ from: heardTo, until: now });
  return deaf.filter((span) => span.until > span.from);
}
