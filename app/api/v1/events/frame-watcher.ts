import type { Frame } from "#lib/wire/events.ts";

/** Reads what changed after `seq`; with nothing new it still tells the clock, the poller and the verdict. */
export type ReadFrame = (seq: number, now: number) => Promise<Frame>;

/** Gets each frame with the seq it starts after: a listener that has not come so far must catch up by itself. */
export type FrameListener = (frame: Frame, after: number) => void;

export interface FrameWatcherOptions {
  readonly read: ReadFrame;
  readonly now: () => number;
  /** How often it looks while anyone listens. */
  readonly everyMs?: number;
  /** Least time between two frames with changes; the first change after a quiet time goes out at once. */
  readonly spacingMs?: number;
  /** Longest time without a frame. */
  readonly heartbeatMs?: number;
  /** Told once when reads begin to fail; listeners get no frames meanwhile and notice the silence. */
  readonly onFailing: (cause: unknown) => void;
}

export interface FrameWatcher {
  /** Hands frames to `listener`, who knows everything up to `seq`, until the returned function is called. */
  readonly listen: (listener: FrameListener, seq: number) => () => void;
}

/**
 * One reader of the store for all listeners of this process. It looks only while somebody listens, and never twice at the
 * same time: a slow store makes frames later, not more.
 */
export function createFrameWatcher(options: FrameWatcherOptions): FrameWatcher {
  const { read, now, onFailing, everyMs = 200, spacingMs = 1_000, heartbeatMs = 2_000 } = options;
  const listeners = new Set<FrameListener>();
  let running = false;
  let failing = false;
  let seq = 0;
  let changedAt = Number.NEGATIVE_INFINITY;
  let sentAt = Number.NEGATIVE_INFINITY;

  const look = async () => {
    if (now() - changedAt < spacingMs) return;
    const after = seq;
    const frame = await read(after, now());
    seq = frame.seq;
    const news = isNews(frame, after);
    if (news) changedAt = now();
    if (!news && now() - sentAt < heartbeatMs) return;
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

function isNews(frame: Frame, after: number): boolean {
  return frame.seq !== after || frame.services.length > 0 || frame.removed.length > 0 || frame.runs.length > 0;
}
