import { Server } from "node:http";
import createNext from "next";
import type { Inner } from "#lib/server/front.ts";

export interface NextHandler {
  readonly inner: Inner;
  readonly close: () => Promise<void>;
}

/** Next as one function from request to answer; what it was built from lies in `folder`. */
export async function nextHandler(folder: string, host: string, port: number): Promise<NextHandler> {
  const next = createNext({
    dev: false,
    dir: folder,
    hostname: host,
    port,
    // It hangs its own handler of upgrades onto the server it is given; this one never listens.
    httpServer: new Server(),
  });
  await next.prepare();
  const handle = next.getRequestHandler();
  return { inner: (request, answer) => handle(request, answer), close: () => next.close() };
}
