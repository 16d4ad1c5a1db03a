import type { EventStream } from "#components/board/live-link.ts";

/** Longer than any frame: what does not end is no frame. */
const longestFrame = 32 * 1024 * 1024;

/**
 * Server-sent events asked for with a token, which a browser's own EventSource cannot send. It ends with an `error`, as that
 * does; `onRefused` is told when the token opens nothing.
 */
export function bearerStream(path: string, token: string, onRefused: () => void): EventStream {
  const events = new EventTarget();
  const ended = new AbortController();
  const listen = async () => {
    const response = await fetch(path, {
      headers: { authorization: `Bearer ${token}`, accept: "text/event-stream" },
      credentials: "omit",
      cache: "no-store",
      signal: ended.signal,
    });
    if (response.status === 401 || response.status === 403) onRefused();
    if (!response.ok || response.body === null) return;
    let text = "";
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
      const { frames, rest } = framesIn(text + part);
      for (const data of frames) events.dispatchEvent(new MessageEvent("frame", { data }));
      text = rest;
      if (text.length > longestFrame) return;
    }
  };
  const end = () => {
    if (!ended.signal.aborted) events.dispatchEvent(new Event("error"));
  };
  void listen().then(end, end);
  return {
    addEventListener: (type, listener) => events.addEventListener(type, listener),
    close: () => ended.abort(),
  };
}

/** The data of all events named `frame` that are whole in it, and what is left of one that is not. Pure. */
export function framesIn(text: string): { readonly frames: readonly string[]; readonly rest: string } {
  const blocks = text.split("\n\n");
  const rest = blocks.pop() ?? "";
  const frames = blocks.flatMap((block) => {
    const lines = block.split("\n");
    const data = lines.find((line) => line.startsWith("data: "));
    return lines.includes("event: frame") && data !== undefined ? [data.slice("data: ".length)] : [];
  });
  return { frames, rest };
}
