import { randomBytes } from "node:crypto";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { RateLimits } from "#lib/access/rate-limit.ts";
import { encodeProxyWord, proxyWordHeader } from "#lib/access/vouched/proxy-word.ts";
import { networksOf } from "#lib/config/front-schema.ts";
import type { FrontConfig } from "#lib/config/model.ts";
import { answerHeaders, pagePolicy, placeOf } from "#lib/server/answer-headers.ts";
import { type Bounds, bounds as usualBounds } from "#lib/server/bounds.ts";
import { FrontAnswer } from "#lib/server/front-answer.ts";
import { FrontRequest } from "#lib/server/front-request.ts";
import { isStream, isTryToSignIn, refusalOf } from "#lib/server/gate.ts";
import { turnInward } from "#lib/server/inward-headers.ts";
import { codingFor } from "#lib/server/packing.ts";
import { type RefusalCode, refuse, refuseRaw } from "#lib/server/refusal.ts";
import { createTally } from "#lib/server/tally.ts";
import type { Credentials } from "#lib/server/tls-files.ts";
import { plainAddress, type TrueOrigin, trueOrigin } from "#lib/server/true-origin.ts";

import { dropUserHeaders, type UserTold, userTold } from "#lib/server/user-headers.ts";

/** What answers behind the front. */
export type Inner = (request: IncomingMessage, answer: FrontAnswer) => Promise<void>;

export interface FrontOptions {
  readonly inner: Inner;
  readonly host: string;
  /** 0 for one that is free. */
  readonly port: number;
  readonly config: FrontConfig;
  /** With them the front speaks TLS, 1.2 or newer. */
  readonly credentials: Credentials | null;
  readonly limits: RateLimits;
  readonly now: () => number;
  /** Told of what `inner` threw; its message is for the log alone. */
  readonly onFailing: (request: IncomingMessage, cause: unknown) => void;
  /** Told of whom the front itself turned away. */
  readonly onRefused: (code: RefusalCode, address: string) => void;
  readonly bounds?: Partial<Bounds>;
}

export interface Front {
  readonly port: number;
  /** Names and proxies from now on; those of a connection that is open count for its next request. */
  readonly applyConfig: (config: FrontConfig) => void;
  /** For handshakes from now on; open connections stay as they are. */
  readonly applyCredentials: (credentials: Credentials) => void;
  /** Takes no new connection, ends event streams, lets answers end within the bound, then cuts. */
  readonly drain: () => Promise<void>;
}

/** Starts the door that browsers and scripts come through; rejects when the port cannot be listened on. */
export async function startFront(options: FrontOptions): Promise<Front> {
  const bounds: Bounds = { ...usualBounds, ...options.bounds };
  let config = options.config;
  let trusted = networksOf(config.trustedProxies);
  let ending = false;
  const connections = createTally(bounds.connectionsOfOneAddress, bounds.connections);
  const streams = createTally(bounds.streamsOfOneAddress, bounds.streams);
  const openStreams = new Set<FrontAnswer>();
  const secure = options.credentials !== null;
  const server = createServer(options.credentials, bounds);

  const answerRequest = (request: FrontRequest, answer: FrontAnswer, expects: boolean) => {
    const origin = originOf(request, trusted);
    const pathname = (request.url ?? "").split("?", 1)[0] ?? "";
    const place = placeOf(pathname);
    const nonce = randomBytes(18).toString("base64");
    answer.stalledMs = bounds.stalledMs;
    answer.coding = codingFor(String(request.headers["accept-encoding"] ?? ""));
    for (const [name, value] of Object.entries(answerHeaders(place, origin.proto === "https", nonce)))
      answer.setHeader(name, value);
    const user = userOf(request, trusted, config);
    const direct = !secure && !isNear(request.socket.remoteAddress ?? "", trusted);
    const refused = ending
      ? "ending"
      : direct
        ? "not-by-proxy"
        : user.kind === "unclear"
          ? "unclear-user"
          : refusalOf(request, pathname, place, origin, config, bounds);
    const turnAway = (code: RefusalCode, headers: Readonly<Record<string, string>> = {}) => {
      options.onRefused(code, origin.from);
      refuse(answer, code, pathname, headers);
    };
    if (refused !== null) return turnAway(refused, refused === "method-not-allowed" ? { allow: "GET, HEAD" } : {});
    const guessed = place === "link" ? "link" : isTryToSignIn(request, pathname) ? "try" : null;
    if (guessed !== null) {
      const taken = options.limits.take(guessed, { account: null, address: origin.from }, options.now());
      if (!taken.ok) return turnAway("too-many-requests", { "retry-after": String(taken.retryAfterSeconds) });
    }
    if (isStream(request, pathname)) {
      const giveBack = streams.take(origin.from);
      if (giveBack === null) return turnAway("too-many-streams", { "retry-after": "30" });
      openStreams.add(answer);
      answer.once("close", () => {
        giveBack();
        openStreams.delete(answer);
      });
    }
    request.bodyBound = { bytes: bounds.bodyBytes, onOver: () => turnAway("too-large") };
    if (config.userHeaders !== null) dropUserHeaders(request.headers, config.userHeaders);
    turnInward(request.headers, origin, place === "page" || place === "link" ? pagePolicy(nonce) : null);
    if (user.kind === "somebody") request.headers[proxyWordHeader] = encodeProxyWord(user.word);
    if (expects) answer.writeContinue();
    options.inner(request, answer).catch((cause: unknown) => {
      options.onFailing(request, cause);
      answer.destroy();
    });
  };

  server.on("request", (request, answer) => answerRequest(request, answer, false));
  server.on("checkContinue", (request, answer) => answerRequest(request, answer, true));
  server.on("checkExpectation", (request, answer) => refuse(answer, "malformed", request.url ?? ""));
  server.on("connect", (_request, socket: Socket) => refuseRaw(socket, "method-not-allowed", secure));
  server.on("clientError", (cause: NodeJS.ErrnoException, socket: Socket) => {
    if (cause.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
    options.onRefused(codeOf(cause), plainAddress(socket.remoteAddress ?? "") ?? "");
    refuseRaw(socket, codeOf(cause), secure);
  });
  server.on("connection", (socket: Socket) => {
    const address = plainAddress(socket.remoteAddress ?? "") ?? "";
    // All who come through a proxy share its address; how many those may be is for it to say.
    const proxied = trusted.check(address, address.includes(":") ? "ipv6" : "ipv4");
    const giveBack = connections.take(proxied ? `proxied ${socket.remotePort}` : address);
    if (giveBack === null) socket.destroy();
    else socket.once("close", giveBack);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port,
    applyConfig: (next) => {
      config = next;
      trusted = networksOf(next.trustedProxies);
    },
    applyCredentials: (credentials) => {
      if (server instanceof https.Server) server.setSecureContext({ ...credentials, ...tlsOptions });
    },
    drain: async () => {
      ending = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const stream of openStreams) stream.destroy();
      const cut = setTimeout(() => server.closeAllConnections(), bounds.drainMs);
      await closed;
      clearTimeout(cut);
    },
  };
}

/**
 * TLS 1.3 as it is; of 1.2 the suites with forward secrecy and authenticated encryption alone, which every browser of the
 * last ten years has (Mozilla's "intermediate", 5.7, without its DHE suites).
 */
const tlsOptions = {
  minVersion: "TLSv1.2",
  honorCipherOrder: true,
  ciphers: [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-CHACHA20-POLY1305",
  ].join(":"),
} as const;

function createServer(credentials: Credentials | null, bounds: Bounds) {
  const own = {
    IncomingMessage: FrontRequest,
    ServerResponse: FrontAnswer,
    maxHeaderSize: bounds.headerBytes,
    headersTimeout: bounds.headersMs,
    requestTimeout: bounds.requestMs,
    keepAliveTimeout: bounds.keepAliveMs,
    connectionsCheckingInterval: Math.min(1_000, bounds.headersMs),
    insecureHTTPParser: false,
    // The gate asks for exactly one, and refuses in its own words.
    requireHostHeader: false,
    // Nothing here speaks another protocol; a wish for one is passed over (RFC 9110, 7.8).
    shouldUpgradeCallback: () => false,
  };
  const server =
    credentials === null
      ? http.createServer(own)
      : https.createServer({ ...own, ...credentials, ...tlsOptions, handshakeTimeout: bounds.handshakeMs });
  // One more than are allowed, so that too many are seen to be too many instead of silently left out.
  server.maxHeadersCount = bounds.headers + 1;
  server.maxConnections = bounds.connections;
  return server;
}

/** Whether nobody can read along on the way from that peer: it is this machine, or the proxy that speaks TLS for us. */
function isNear(told: string, trusted: ReturnType<typeof networksOf>): boolean {
  const address = plainAddress(told) ?? "";
  const family = address.includes(":") ? "ipv6" : "ipv4";
  return address !== "" && (loopback.check(address, family) || trusted.check(address, family));
}

const loopback = networksOf(["127.0.0.0/8", "::1"]);

/** Who asks, by the word of the peer itself where that is a trusted proxy. Anybody else's headers say nothing. */
function userOf(
  request: IncomingMessage,
  trusted: ReturnType<typeof networksOf>,
  { userHeaders }: FrontConfig,
): UserTold {
  const peer = plainAddress(request.socket.remoteAddress ?? "") ?? "";
  if (userHeaders === null || peer === "" || !trusted.check(peer, peer.includes(":") ? "ipv6" : "ipv4"))
    return { kind: "nobody" };
  return userTold(request.rawHeaders, userHeaders);
}

function originOf(request: IncomingMessage, trusted: ReturnType<typeof networksOf>): TrueOrigin {
  const { socket, headers } = request;
  return trueOrigin({ address: socket.remoteAddress ?? "", encrypted: "encrypted" in socket, headers }, trusted);
}

function codeOf(cause: NodeJS.ErrnoException): RefusalCode {
  switch (cause.code) {
    case "HPE_HEADER_OVERFLOW":
      return "headers-too-large";
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return "request-timeout";
    default:
      return "malformed";
  }
}
