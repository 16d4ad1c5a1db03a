import net from "node:net";
import type { Duplex } from "node:stream";
import { formatDuration } from "#lib/core/duration.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { formatBytes } from "#lib/core/unit.ts";
import { type Address, formatAddress, parseAddress } from "#lib/transports/address.ts";
import type { Reach } from "#lib/transports/reach.ts";
import { errorCode, socketFailure } from "#lib/transports/socket-failure.ts";
import type { ExchangeRequest, HostName, TcpTransport } from "#lib/transports/types.ts";
import { startWatch, type Watch } from "#lib/transports/watch.ts";

/** Opens a stream to an address as seen from an ssh host. */
export type OpenRemoteStream = (host: HostName, address: Address, watch: Watch) => Promise<Result<Duplex>>;

/**
 * One question, one answer: connects, sends, and reads until the other side closes. A close without a single byte is
 * the failure `reset`, because an empty answer must not pass for a good one.
 */
export function createTcp(openRemote: OpenRemoteStream, reach: Reach): TcpTransport {
  return {
    async exchange(request) {
      const address = parseAddress(request.to);
      if (!address) return err(failure("malformed", `${request.to} is neither host:port nor the path of a socket`));
      const watch = startWatch(request);
      try {
        if (request.from === "local") {
          const way = reach.way(address);
          if (!way.ok) return way;
          return await converse(net.connect(way.value), request, formatAddress(address), watch);
        }
        const place = `${formatAddress(address)} on ${request.from}`;
        const stream = await openRemote(request.from, address, watch);
        return stream.ok ? await converse(stream.value, request, place, watch) : stream;
      } finally {
        watch.release();
      }
    },
  };
}

function converse(stream: Duplex, request: ExchangeRequest, place: string, watch: Watch): Promise<Result<string>> {
  return new Promise((resolve) => {
    const kept: Buffer[] = [];
    let keptBytes = 0;
    let ended = false;
    const end = (result: Result<string>) => {
      if (ended) return;
      ended = true;
      watch.whenStopped(null);
      stream.destroy();
      resolve(result);
    };
    const fail = (error: Failure) => end(err(error));
    stream.on("error", (error) => fail(streamFailure(error, place, keptBytes)));
    stream.on("data", (chunk: Buffer) => {
      keptBytes += chunk.length;
      if (keptBytes > request.maxBytes) {
        fail(failure("too-large", `the answer of ${place} is larger than ${formatBytes(request.maxBytes)}`));
      } else kept.push(chunk);
    });
    const closed = () => {
      if (keptBytes === 0) fail(failure("reset", `${place} closed the connection without an answer`));
      else end(ok(Buffer.concat(kept, keptBytes).toString()));
    };
    stream.on("end", closed);
    stream.on("close", closed);
    watch.whenStopped((reason) => {
      const more = { afterMs: Math.round(watch.elapsedMs()), connected: true } as const;
      const within = `within ${formatDuration(watch.timeoutMs)}`;
      if (reason === "aborted") fail(failure("aborted", `the question to ${place} was stopped`, more));
      else if (keptBytes === 0) fail(failure("timeout", `no answer from ${place} ${within}`, more));
      else
        fail(failure("stalled", `the answer of ${place} did not end ${within}, ${formatBytes(keptBytes)} came`, more));
    });
    if (!ended) stream.write(request.send);
  });
}

function streamFailure(error: unknown, place: string, keptBytes: number): Failure {
  const code = errorCode(error);
  if (keptBytes > 0 && (code === "ECONNRESET" || code === "EPIPE")) {
    return failure("reset", `${place} closed the connection in the middle of its answer`);
  }
  return socketFailure(error, place);
}
