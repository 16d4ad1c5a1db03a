import { type Frame, frameDto } from "#lib/wire/events.ts";

/** `connecting` is the first attempt; `broken` means that no frame came for too long and it tries again. */
export type LinkState = "connecting" | "live" | "broken";

export interface LinkStatus {
  readonly state: LinkState;
  /** When the last frame came, by this browser's clock. */
  readonly frameAt: number | null;
  /** What to add to this browser's clock to get the server's. */
  readonly offsetMs: number;
}

export interface LiveLink {
  readonly status: () => LinkStatus;
  readonly subscribe: (listener: () => void) => () => void;
  readonly start: () => void;
  readonly stop: () => void;
}

/** What is needed of a browser's EventSource. */
export interface EventStream {
  readonly addEventListener: (type: "frame" | "error" | "ended", listener: (event: Event) => void) => void;
  readonly close: () => void;
}

export interface LiveLinkOptions {
  /** Opens the stream of everything after `seq`. */
  readonly open: (seq: number) => EventStream;
  /** The newest `seq` known here. */
  readonly seq: () => number;
  readonly onFrame: (frame: Frame) => void;
  /** Told when the server ended the stream because whoever opened it lost the right to it. */
  readonly onEnded: () => void;
  /** Told each time a connection failed, for whatever reason. */
  readonly onFailed: () => void;
  readonly now: () => number;
  /** The server's clock minus this browser's, as known from the first paint. */
  readonly offsetMs: number;
}

/** The server sends a frame at least every 2 s; without one for this long the link is broken, whatever the socket says. */
export const watchdogMs = 5_000;
const retriesMs = [500, 1_000, 2_000, 4_000] as const;

/**
 * Keeps one event stream open. A browser's own re-connect gives up on some errors and never notices a silent socket, so
 * this one closes the stream by itself, waits, and opens another from where it stopped.
 */
export function createLiveLink(options: LiveLinkOptions): LiveLink {
  const { open, seq, onFrame, now } = options;
  const listeners = new Set<() => void>();
  let status: LinkStatus = { state: "connecting", frameAt: null, offsetMs: options.offsetMs };
  let source: EventStream | undefined;
  /** Runs out when no frame came for too long, however often it connected meanwhile. */
  let silence: ReturnType<typeof setTimeout> | undefined;
  /** Runs out when this one connection brought nothing. */
  let watchdog: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;

  const update = (next: Partial<LinkStatus>) => {
    status = { ...status, ...next };
    for (const listener of listeners) listener();
  };
  const expectFrame = (current: EventStream) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => fail(current), watchdogMs);
  };
  const expectNoSilence = () => {
    clearTimeout(silence);
    silence = setTimeout(() => update({ state: "broken" }), watchdogMs);
  };
  const fail = (current: EventStream) => {
    if (current !== source) return;
    clearTimeout(watchdog);
    source.close();
    source = undefined;
    retry = setTimeout(connect, retriesMs[Math.min(failures, retriesMs.length - 1)]);
    failures += 1;
    options.onFailed();
  };
  const receive = (current: EventStream, data: string) => {
    if (current !== source) return;
    const parsed = frameDto.safeParse(JSON.parse(data));
    if (!parsed.success) return fail(current);
    expectFrame(current);
    expectNoSilence();
    failures = 0;
    onFrame(parsed.data);
    const frameAt = now();
    update({ state: "live", frameAt, offsetMs: steadied(status, parsed.data.at - frameAt) });
  };
  const connect = () => {
    const current = open(seq());
    source = current;
    expectFrame(current);
    current.addEventListener("frame", (event) => receive(current, (event as MessageEvent<string>).data));
    current.addEventListener("ended", () => options.onEnded());
    current.addEventListener("error", () => fail(current));
  };

  return {
    status: () => status,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    start: () => {
      expectNoSilence();
      connect();
    },
    stop: () => {
      clearTimeout(silence);
      clearTimeout(watchdog);
      clearTimeout(retry);
      source?.close();
      source = undefined;
    },
  };
}

/** A late frame makes the server's clock look slow: the least delayed frame tells it best, unless a clock was set anew. */
function steadied(status: LinkStatus, measuredMs: number): number {
  const known = status.offsetMs;
  return measuredMs > known || known - measuredMs > 2_000 ? measuredMs : known;
}
