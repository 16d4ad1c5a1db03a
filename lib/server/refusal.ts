import type { ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { answerHeaders } from "#lib/server/answer-headers.ts";

/** Why the front answers by itself; each with its status, a title and a sentence that tells nothing of what lies behind. */
export const refusals = {
  malformed: [400, "The request is malformed", "This is not a request as HTTP/1.1 has it."],
  "unclear-user": [
    400,
    "Who asks is not clear",
    "The proxy in front must send each of its user headers once, under its own name, as text.",
  ],
  "request-timeout": [408, "The request came too slowly", "The whole request must come within 30 seconds."],
  "method-not-allowed": [405, "Method not allowed", "Pages are read; only the API is written to."],
  "not-by-proxy": [403, "Not this way", "Come through the proxy: what is sent here directly could be read on the way."],
  "not-found": [404, "Not found", "There is nothing at this address."],
  "too-large": [413, "The body is too large", "A request may carry 64 kB at most."],
  "target-too-long": [414, "The address is too long", "An address may have 8 kB at most."],
  "untrusted-host": [
    421,
    "This host name is not known here",
    "Pitwall does not answer by this name. Use localhost, its address, or name it as `url` in pitwall.yaml.",
  ],
  "too-many-requests": [429, "Too many requests", "This address has asked too often; try again a little later."],
  "headers-too-large": [431, "The headers are too large", "A request may have 16 kB of headers at most."],
  "too-many-streams": [503, "Too many open streams", "Close other windows of the board, or try again later."],
  ending: [503, "Pitwall is stopping", "Try again in a moment."],
} as const;
export type RefusalCode = keyof typeof refusals;

/** After these the next request of the connection can be told from the rest of this one. */
const keepsOpen: ReadonlySet<RefusalCode> = new Set([
  "method-not-allowed",
  "not-found",
  "untrusted-host",
  "too-many-requests",
  "too-many-streams",
]);

/** Answers in the shape that fits the place: a problem (RFC 9457) for the API, a plain sentence for people. */
export function refuse(
  answer: ServerResponse,
  code: RefusalCode,
  pathname: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const [status] = refusals[code];
  if (answer.headersSent) {
    answer.destroy();
    return;
  }
  const { type, body } = wording(code, pathname);
  answer.writeHead(status, {
    "content-type": type,
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    // What is left of such a request is not read.
    ...(keepsOpen.has(code) ? {} : { connection: "close" }),
    ...headers,
  });
  answer.end(answer.req.method === "HEAD" ? undefined : body);
}

/** The same for bytes that never became a request. */
export function refuseRaw(socket: Duplex, code: RefusalCode, secure: boolean): void {
  const [status, title] = refusals[code];
  const { type, body } = wording(code, "/");
  const headers = {
    "content-type": type,
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    connection: "close",
    ...answerHeaders("api", secure, ""),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${lines.join("")}\r\n${body}`);
}

function wording(code: RefusalCode, pathname: string): { type: string; body: string } {
  const [status, title, detail] = refusals[code];
  if (!pathname.startsWith("/api/")) return { type: "text/plain; charset=utf-8", body: `${title}. ${detail}\n` };
  const problem = { type: `/problems/${code}`, title, status, code, detail, instance: pathname };
  return { type: "application/problem+json", body: JSON.stringify(problem) };
}
