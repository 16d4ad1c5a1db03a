import type { Frame } from "#lib/wire/events.ts";

/** Where frames come from. */
export interface FrameSource {
  /** What changed after `seq`; `null` when nothing did. Asked often, so that must be cheap. */
  readonly since: (seq: number) => Promise<Frame | null>;
  /** Another value whenever something happened that nobody should wait for: an event, a step of a run, somebody's word. Asked often as well. */
  readonly happened: () => string;
  /** Called while newer numbers wait: what is read and spelled out by then need not be when something happens. */
  readonly readAhead: () => Promise<void>;
  /** A frame without changes: the clock, the poller's last sign of life, and the verdict. It keeps `seq`, for it brings nothing newer. */
  readonly pulse: (seq: number) => Promise<Frame>;
}

/** Gets each frame with the seq it starts after: a listener that has not come so far must catch up by itself. */
export type FrameListener = (frame: Frame, after: number) => void;

export interface FrameWatcherOptions {
  readonly source: FrameSource;
  readonly now: () => number;
  /** How often it looks while anyone listens. */
  readonly everyMs?: number;
  /**
   * Time between two frames that tell what happened, on average: trouble comes in bursts, so after a quiet time three of them
   * go out as fast as it happens.
   */
  readonly spacingMs?: number;
  /** How long newer numbers alone wait after any frame, so that they never make what happens wait. */
  readonly restMs?: number;
  /** Longest time without a frame. */
  readonly pulseMs?: number;
  /** Told once when reads begin to fail; listeners get no frames meanwhile and notice the silence. */
  readonly onFailing: (cause: unknown) => void;
}

export interface FrameWatcher {
  /** Hands frames to `listener`, who knows everything up to `seq`, until the returned function is called. */
  readonly listen: (listener: FrameListener, seq: number) => () => void;
}

const burst = 3;

/**
 * One reader of the store for all listeners of this process. It looks only while somebody listens, and never twice at the
 * same time: a slow store makes frames later, not more.
 */
export function createFrameWatcher(options: FrameWatcherOptions): FrameWatcher {
  const { source, now, onFailing, everyMs = 20, spacingMs = 1_000, restMs = 2_000, pulseMs = 1_500 } = options;
  const listeners = new Set<FrameListener>();
  let running = false;
  let failing = false;
  let seq = 0;
  let told: string | null = null;
  /** When the last few frames went out that told what happened. */
  const toldAt = new Array<number>(burst).fill(Number.NEGATIVE_INFINITY);
  let changedAt = Number.NEGATIVE_INFINITY;
  let sentAt = Number.NEGATIVE_INFINITY;

  const look = async () => {
    const happened = source.happened();
    const urgent = happened !== told && now() - (toldAt[0] ?? 0) >= burst * spacingMs;
    if (!urgent && now() - changedAt < restMs) return await source.readAhead();
    if (urgent) {
      told = happened;
      toldAt.push(now());
      toldAt.shift();
    }
    const after = seq;
    const frame = (await source.since(after)) ?? (now() - sentAt >= pulseMs ? await source.pulse(after) : null);
    if (frame === null) return;
    seq = frame.seq;
    // The poller's beat alone is no change: it must not make the next real one wait.
    if (isNews(frame)) changedAt = now();
    else if (now() - sentAt < spacingMs) return;
    sentAt = now();
    for (const listener of [...listeners]) listener(frame, after);
  };
  const loop = async () => {
    while (listeners.size > 0) {
      try {
        await look();
        failing = false;
      } catch (cause) {
        if (!failing) onFailing(cause);
        failing = true;
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    running = false;
  };

  return {
    listen: (listener, from) => {
      listeners.add(listener);
      if (!running) {
        running = true;
        seq = from;
        void loop();
      }
      return () => {
        listeners.delete(listener);
      };
    },
  };
}

/** Whether it tells more than that all is as it was. */
export function isNews(frame: Frame): boolean {
  return frame.services.length > 0 || frame.removed.length > 0 || frame.runs.length > 0;
}
