import http, { type IncomingMessage } from "node:http";
import net, { type Socket } from "node:net";
import tls, { type TLSSocket } from "node:tls";
import type { Failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { type Address, formatAddress } from "#lib/transports/address.ts";
import { type Body, receiveBody } from "#lib/transports/http-body.ts";
import { certificateFailure, readCertificate } from "#lib/transports/http-certificate.ts";
import { type ExchangeState, exchangeFailure, stoppedFailure, tooManyHeaders } from "#lib/transports/http-failure.ts";
import { type HopRequest, isRedirect } from "#lib/transports/http-redirect.ts";
import { notAsked } from "#lib/transports/not-asked.ts";
import type { Reach } from "#lib/transports/reach.ts";
import type { TlsContexts } from "#lib/transports/tls-context.ts";
import type { HttpAnswer, HttpCertificate, HttpRequest, HttpTimings } from "#lib/transports/types.ts";
import type { Watch } from "#lib/transports/watch.ts";

/** What every exchange uses and none owns. */
export interface HopWorld {
  readonly reach: Reach;
  readonly tls: TlsContexts;
}

/** One request to one server. */
export interface Hop extends HopRequest {
  readonly address: Address;
  readonly request: HttpRequest;
  /** A redirect will be followed, so its body is not read. */
  readonly follow: boolean;
}

export interface HopAnswer extends Omit<HttpAnswer, "timings" | "redirectedTo"> {
  readonly times: Omit<HttpTimings, "totalMs">;
}

const maxHeaderBytes = 32_768;
const maxHeaders = 256;
/** Before the next address of a name is tried as well. Node's own 250 ms gives up on a first packet that was merely lost. */
const nextAddressAfterMs = 1_500;
const emptyBody = Buffer.alloc(0);

/** Opens a connection, sends the request, and reads the answer to its end or to the bound. Never rejects. */
export function exchangeHop(world: HopWorld, hop: Hop, watch: Watch): Promise<Result<HopAnswer>> {
  return new Promise((resolve) => new Exchange(world, hop, watch, resolve).start());
}

class Exchange {
  readonly #world: HopWorld;
  readonly #hop: Hop;
  readonly #watch: Watch;
  readonly #resolve: (result: Result<HopAnswer>) => void;
  readonly #state: ExchangeState;
  readonly #times = { dnsMs: null as number | null, connectMs: null as number | null, tlsMs: null as number | null };
  #markedAt = 0;
  #ended = false;
  #certificate: HttpCertificate | null = null;
  #remoteAddress: string | null = null;
  #body: Body | null = null;

  constructor(world: HopWorld, hop: Hop, watch: Watch, resolve: (result: Result<HopAnswer>) => void) {
    this.#world = world;
    this.#hop = hop;
    this.#watch = watch;
    this.#resolve = resolve;
    this.#state = { place: formatAddress(hop.address), phase: "connect", bytesBefore: 0, socket: null };
  }

  start(): void {
    this.#watch.whenStopped((reason) => {
      this.#fail(stoppedFailure(reason, this.#state, this.#watch, this.#body?.receivedBytes ?? 0));
    });
    if (this.#ended) return;
    this.#markedAt = performance.now();
    try {
      this.#state.socket = this.#hop.url.protocol === "https:" ? this.#openTls() : this.#openPlain();
    } catch (error) {
      this.#fail(exchangeFailure(error, this.#state));
    }
  }

  /** An IPv4 address that was asked for is the one that answers: the kernel need not be asked, as it must be of a name. */
  get #known(): string | null {
    const { address } = this.#hop;
    return address.type === "tcp" && net.isIPv4(address.host) ? address.host : null;
  }

  /** Milliseconds since the phase before ended. */
  #lap(): number {
    const before = this.#markedAt;
    this.#markedAt = performance.now();
    return this.#markedAt - before;
  }

  #openPlain(): Socket {
    return this.#observe(net.connect(this.#target()), () => this.#send());
  }

  #openTls(): Socket {
    const { url, request } = this.#hop;
    const hostname = url.hostname.startsWith("[") ? url.hostname.slice(1, -1) : url.hostname;
    const socket = tls.connect({
      ...this.#target(),
      servername: net.isIP(hostname) ? "" : hostname,
      secureContext: this.#world.tls.context(request.ca),
      ALPNProtocols: ["http/1.1"],
      // Checked by hand below, before a byte of the request is sent, so that the report is there either way.
      rejectUnauthorized: false,
      checkServerIdentity: (_, certificate) => tls.checkServerIdentity(hostname, certificate),
    });
    socket.once("secureConnect", () => {
      this.#times.tlsMs = this.#lap();
      this.#certificate = readCertificate(socket);
      const trusted = this.#certificate !== null && this.#certificate.error === null;
      if (trusted || request.verifyTls === false) this.#send();
      else this.#fail(certificateFailure(this.#certificate, hostname, this.#state.place));
    });
    return this.#observe(socket, () => {
      this.#state.phase = "tls";
    });
  }

  /** Throws what `start` tells: a refusal counts at each redirect anew. */
  #target(): net.NetConnectOpts {
    const way = this.#world.reach.way(this.#hop.address);
    if (!way.ok) throw notAsked(way.error);
    return { ...way.value, autoSelectFamilyAttemptTimeout: nextAddressAfterMs };
  }

  #observe<S extends Socket | TLSSocket>(socket: S, connected: () => void): S {
    // Stays for the socket's life: an error after the end has nobody else to go to and would end the process.
    socket.on("error", (error) => this.#fail(exchangeFailure(error, this.#state)));
    if (this.#hop.address.type === "tcp" && !net.isIP(this.#hop.address.host)) {
      this.#state.phase = "look-up";
      socket.once("lookup", () => {
        this.#times.dnsMs = this.#lap();
        this.#state.phase = "connect";
      });
    }
    socket.once("connect", () => {
      this.#times.connectMs = this.#lap();
      this.#remoteAddress = this.#known ?? socket.remoteAddress ?? null;
      connected();
    });
    return socket;
  }

  #send(): void {
    const socket = this.#state.socket;
    if (this.#ended || !socket) return;
    this.#state.phase = "answer";
    this.#state.bytesBefore = socket.bytesRead;
    const { url, method, body } = this.#hop;
    try {
      const request = http.request({
        createConnection: () => socket,
        method,
        path: url.pathname + url.search,
        headers: requestHeaders(this.#hop),
        maxHeaderSize: maxHeaderBytes,
      });
      request.on("error", (error) => this.#fail(exchangeFailure(error, this.#state)));
      request.on("response", (response) => this.#receive(response));
      request.on("upgrade", (response) => this.#finish(response, emptyBody, 0, this.#lap()));
      request.end(body);
    } catch (error) {
      this.#fail(exchangeFailure(error, this.#state));
    }
  }

  #receive(response: IncomingMessage): void {
    if (this.#ended) return;
    const firstByteMs = this.#lap();
    this.#state.phase = "body";
    const { headers, rawHeaders, statusCode } = response;
    if (rawHeaders.length > 2 * maxHeaders) this.#fail(tooManyHeaders(this.#state, maxHeaders));
    else if (this.#hop.follow && isRedirect(statusCode ?? 0, headers.location)) {
      this.#finish(response, emptyBody, 0, firstByteMs);
    } else this.#read(response, firstByteMs);
  }

  #read(response: IncomingMessage, firstByteMs: number): void {
    const { maxBytes, keepBytes = maxBytes } = this.#hop.request;
    const bounds = { maxBytes, keepBytes };
    const body = receiveBody(response.headers["content-encoding"], bounds, this.#state.place, {
      whole: (whole, bytes) => this.#finish(response, whole, bytes, firstByteMs),
      failed: (error) => this.#fail(error),
    });
    this.#body = body;
    response.on("data", (chunk: Buffer) => body.write(chunk));
    response.on("end", () => body.end());
    response.on("error", (error) => this.#fail(exchangeFailure(error, this.#state)));
  }

  #finish(response: IncomingMessage, body: Buffer, bodyBytes: number, firstByteMs: number): void {
    this.#end(
      ok({
        status: response.statusCode ?? 0,
        headers: plainHeaders(response),
        body,
        bodyBytes,
        times: { ...this.#times, firstByteMs },
        certificate: this.#certificate,
        remoteAddress: this.#remoteAddress,
      }),
    );
  }

  #fail(error: Failure): void {
    this.#end(err(error));
  }

  #end(result: Result<HopAnswer>): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#watch.whenStopped(null);
    this.#body?.stop();
    this.#state.socket?.destroy();
    this.#resolve(result);
  }
}

function requestHeaders(hop: Hop): Record<string, string> {
  const headers: Record<string, string> = { host: hop.url.host, "user-agent": "pitwall", accept: "*/*" };
  if (hop.url.username !== "") headers.authorization = basicCredentials(hop.url);
  for (const name in hop.headers) headers[name.toLowerCase()] = hop.headers[name] as string;
  return headers;
}

function basicCredentials(url: URL): string {
  return `Basic ${Buffer.from(`${unescaped(url.username)}:${unescaped(url.password)}`).toString("base64")}`;
}

/** A stray `%` is taken as it stands, as curl does. */
function unescaped(part: string): string {
  return part.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) => Buffer.from(bytes.replaceAll("%", ""), "hex").toString());
}

/** Node keeps `set-cookie` alone as a list. */
function plainHeaders(response: IncomingMessage): Readonly<Record<string, string>> {
  const { "set-cookie": cookies, ...headers } = response.headers;
  return (cookies ? { ...headers, "set-cookie": cookies.join(", ") } : headers) as Readonly<Record<string, string>>;
}
