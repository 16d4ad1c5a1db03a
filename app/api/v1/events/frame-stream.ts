import { boardJson } from "#lib/views/board-json.ts";
import type { Frame } from "#lib/wire/events.ts";
import { type FrameSource, type FrameWatcher, isNews } from "./frame-watcher.ts";

/** How long a browser waits before it connects again. */
const retryMs = 1_000;
/** Frames that may lie unread before a listener counts as slow. */
const unreadFrames = 4;

/** Why a stream's signal aborts when whoever opened it lost the right to it: the listener is told, and need not try again. */
export const rightLost = Symbol("right lost");

/**
 * The body of one listener's event stream. It begins with everything after `since`. A listener that does not read fast
 * enough is not queued for: frames are dropped, and as soon as it reads again it gets the whole difference in one.
 */
export function frameStream(
  watcher: FrameWatcher,
  source: FrameSource,
  since: number,
  signal: AbortSignal,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let open = true;
  let sentSeq = since;
  let behind = false;
  let catchingUp = false;
  let leave = () => {};

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (frame: Frame) => {
          sentSeq = frame.seq;
          controller.enqueue(eventOf(frame));
        };
        const catchUp = async () => {
          catchingUp = true;
          do {
            behind = false;
            const frame = (await source.since(sentSeq)) ?? (await source.pulse(sentSeq));
            if (open) send(frame);
          } while (open && behind);
          catchingUp = false;
        };
        const fail = (cause: unknown) => {
          leave();
          controller.error(cause);
        };
        const stop = watcher.listen((frame, after) => {
          const full = (controller.desiredSize ?? 0) <= 0;
          if (catchingUp || full) behind = true;
          else if (behind || after > sentSeq) void catchUp().catch(fail);
          else if (frame.seq >= sentSeq || !isNews(frame)) send(untold(frame, after, sentSeq));
        }, since);
        leave = () => {
          open = false;
          stop();
          signal.removeEventListener("abort", close);
        };
        const close = () => {
          leave();
          if (signal.reason === rightLost) controller.enqueue(encoder.encode("event: ended\ndata: {}\n\n"));
          controller.close();
        };
        signal.addEventListener("abort", close);
        controller.enqueue(encoder.encode(`retry: ${retryMs}\n\n`));
        if (signal.aborted) close();
        else void catchUp().catch(fail);
      },
      cancel: () => leave(),
    },
    { highWaterMark: unreadFrames },
  );
}

/** A frame of what changed after `after` for somebody who was told, in the difference he got, all up to `told`. */
function untold(frame: Frame, after: number, told: number): Frame {
  if (after >= told) return frame;
  // Those older than `after` are told for another reason than their own number: they grew old, or somebody acted on them.
  const services = frame.services.filter(({ seq }) => seq > told || seq <= after);
  return { ...frame, seq: Math.max(frame.seq, told), services };
}

const events = new WeakMap<Frame, Uint8Array>();

/** A frame goes to many listeners, and is written once. */
function eventOf(frame: Frame): Uint8Array {
  const known = events.get(frame);
  if (known !== undefined) return known;
  const event = Buffer.concat([
    Buffer.from(`id: ${frame.seq}\nevent: frame\ndata: `),
    boardJson(frame),
    Buffer.from("\n\n"),
  ]);
  events.set(frame, event);
  return event;
}
