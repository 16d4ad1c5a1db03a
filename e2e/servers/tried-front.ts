import http, { type IncomingMessage } from "node:http";
import type { TestContext } from "node:test";
import { createRateLimits } from "#lib/access/rate-limit.ts";
import { noFront } from "#lib/config/front.ts";
import { type Front, type FrontOptions, startFront } from "#lib/server/front.ts";

export interface TriedFront extends Front {
  /** What came through to the inside, with the headers as they are there. */
  readonly seen: IncomingMessage[];
  readonly failures: unknown[];
  /** Why others did not. */
  readonly refused: string[];
}

/** The real front on a free port of loopback, before an inside that answers `200 inside` unless told otherwise. */
export async function triedFront(t: TestContext, options: Partial<FrontOptions> = {}): Promise<TriedFront> {
  const seen: IncomingMessage[] = [];
  const failures: unknown[] = [];
  const refused: string[] = [];
  const inner: FrontOptions["inner"] = options.inner ?? (async (_request, answer) => void answer.end("inside"));
  const front = await startFront({
    host: "127.0.0.1",
    port: 0,
    config: noFront,
    credentials: null,
    limits: createRateLimits(),
    now: Date.now,
    onRefused: (code) => refused.push(code),
    onFailing: (_request, cause) => failures.push(cause),
    ...options,
    inner: async (request, answer) => {
      seen.push(request);
      await inner(request, answer);
    },
    bounds: { drainMs: 300, ...options.bounds },
  });
  t.after(() => front.drain());
  return { ...front, seen, failures, refused };
}

export interface Got {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request over a connection of its own; the answer's bytes as they came. */
export function get(port: number, path: string, options: http.RequestOptions = {}, body?: string): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: "127.0.0.1", port, path, agent: false, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on("error", reject);
    request.end(body);
  });
}
