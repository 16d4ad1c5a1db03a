import type { Socket } from "node:net";
import { formatDuration } from "#lib/core/duration.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { formatBytes } from "#lib/core/unit.ts";
import { said } from "#lib/transports/said.ts";
import { errorCode, socketFailure } from "#lib/transports/socket-failure.ts";
import type { StopReason, Watch } from "#lib/transports/watch.ts";

/** How far an exchange has come: what it waits for says what its failure means. */
export interface ExchangeState {
  /** `10.0.0.5:80`. */
  readonly place: string;
  phase: "look-up" | "connect" | "tls" | "answer" | "body";
  /** `socket.bytesRead` when the request was sent; more of them means that an answer had begun. */
  bytesBefore: number;
  socket: Socket | null;
}

/** Our own end of it: the deadline passed, or nobody wants the answer any more. */
export function stoppedFailure(reason: StopReason, state: ExchangeState, watch: Watch, bodyBytes: number): Failure {
  const { place } = state;
  const connected = state.phase !== "look-up" && state.phase !== "connect";
  const more = { afterMs: Math.round(watch.elapsedMs()), ...(connected ? { connected } : {}) } as const;
  if (reason === "aborted") return failure("aborted", `the request to ${place} was stopped`, more);
  const within = `within ${formatDuration(watch.timeoutMs)}`;
  switch (state.phase) {
    case "look-up":
      return failure("timeout", `the name of ${place} did not resolve ${within}`, more);
    case "connect":
      return failure("timeout", `no connection to ${place} ${within}`, more);
    case "tls":
      return failure("timeout", `no TLS handshake with ${place} ${within}`, more);
    case "answer":
      return answerBegan(state)
        ? failure("stalled", `${place} began an answer and went silent, no whole head ${within}`, more)
        : failure("timeout", `no answer from ${place} ${within}`, more);
    case "body":
      return failure(
        "stalled",
        `the answer of ${place} was not complete ${within}, ${formatBytes(bodyBytes)} came`,
        more,
      );
    default:
      return state.phase satisfies never;
  }
}

/** The failure behind an error of socket, TLS or HTTP parser. Codes: llhttp's `HPE_…`, OpenSSL's `ERR_SSL_…`, errno(3). */
export function exchangeFailure(error: unknown, state: ExchangeState): Failure {
  const code = errorCode(error) ?? "";
  const { place, phase } = state;
  if (code.startsWith("HPE_")) return parserFailure(error, code, state);
  if (code.startsWith("ERR_OSSL")) {
    return failure("tls", `the bundle of authorities to trust for ${place} is no PEM that can be read`);
  }
  if (code.startsWith("ERR_INVALID_") || code === "ERR_UNESCAPED_CHARACTERS") {
    return failure("malformed", `the request to ${place} cannot be sent: its method, path or a header is not valid`);
  }
  if (code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") || code === "EPROTO") {
    const plain = code === "ERR_SSL_WRONG_VERSION_NUMBER" || code === "ERR_SSL_PACKET_LENGTH_TOO_LONG";
    const why = plain ? `${place} does not speak TLS` : `the TLS handshake with ${place} failed`;
    return failure("tls", why, said(reasonOf(error)));
  }
  if (code === "ECONNRESET" || code === "EPIPE") return cutFailure(state);
  if (phase === "body") return failure("malformed", `the answer of ${place} was cut off (${code || "no code"})`);
  return socketFailure(error, place);
}

export function tooManyHeaders(state: ExchangeState, limit: number): Failure {
  return failure("too-large", `the answer of ${state.place} has more than ${limit} headers`);
}

function cutFailure(state: ExchangeState): Failure {
  const { place, phase } = state;
  if (phase === "body") return failure("malformed", `${place} closed the connection in the middle of its answer`);
  if (phase === "tls") return failure("reset", `${place} closed the connection during the TLS handshake`);
  if (phase === "answer" && answerBegan(state)) {
    return failure("malformed", `${place} closed the connection in the middle of its answer's head`);
  }
  return failure("reset", `${place} closed the connection before it answered`);
}

/** Complaints about the very first bytes: whatever speaks there, it is not HTTP. */
const notHttpCodes = new Set(["HPE_INVALID_CONSTANT", "HPE_INVALID_VERSION", "HPE_INVALID_METHOD"]);

function parserFailure(error: unknown, code: string, state: ExchangeState): Failure {
  const { place, phase } = state;
  if (code === "HPE_HEADER_OVERFLOW") return failure("too-large", `the head of the answer of ${place} is too large`);
  if (phase === "answer" && notHttpCodes.has(code)) {
    return failure("not-http", `${place} does not speak HTTP`, said(packetOf(error)));
  }
  const reason = reasonOf(error);
  return failure("malformed", `the answer of ${place} breaks the rules of HTTP${reason === "" ? "" : `: ${reason}`}`);
}

function answerBegan(state: ExchangeState): boolean {
  return state.socket !== null && state.socket.bytesRead > state.bytesBefore;
}

function packetOf(error: unknown): string | undefined {
  const packet = typeof error === "object" && error !== null && "rawPacket" in error ? error.rawPacket : undefined;
  return Buffer.isBuffer(packet) ? packet.subarray(0, 400).toString("latin1") : undefined;
}

/** The parser's or OpenSSL's own short reason. */
function reasonOf(error: unknown): string {
  const reason = typeof error === "object" && error !== null && "reason" in error ? error.reason : undefined;
  return typeof reason === "string" ? reason : "";
}
