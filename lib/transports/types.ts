import type { Result } from "#lib/core/result.ts";

/** Every outside call has a deadline, an abort signal and a size bound. */
export interface Bounds {
  /** For the whole call: name look-up, every hop, handshake, and reading to the end. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Bytes kept of an answer; more is the failure `too-large` (for a command's output: cut and marked). */
  readonly maxBytes: number;
}

export interface HttpRequest extends Bounds {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Connects there instead of to the URL's host; Host header and SNI stay those of the URL. `host:port`, `[v6]:port`, `host`, or a Unix socket's path. */
  readonly address?: string;
  /** How many redirects to follow; 0 returns the 3xx itself. */
  readonly redirects?: number;
  /** Bytes from its beginning that whoever asks wants to see of a body; the rest is only counted. All of it by default. */
  readonly keepBytes?: number;
  /** `false` accepts any certificate, but still reports what is wrong with it. */
  readonly verifyTls?: boolean;
  /** PEM bundle to trust beside the system's. */
  readonly ca?: string;
}

/** Each phase by itself and of the last hop; `null` for one that did not happen. */
export interface HttpTimings {
  readonly dnsMs: number | null;
  readonly connectMs: number | null;
  readonly tlsMs: number | null;
  /** From the request sent to the answer's head read. */
  readonly firstByteMs: number | null;
  /** Of the whole call, every redirect and the body included. */
  readonly totalMs: number;
}

export interface HttpCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Epoch milliseconds. The earliest of the chain, because an expired intermediate breaks it as well. */
  readonly validTo: number;
  readonly validFrom: number;
  readonly names: readonly string[];
  /** What Node's verification says, `null` when the certificate is trusted for this name. */
  readonly error: string | null;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded (gzip, deflate, br, zstd), within `maxBytes` after decoding, as far as `keepBytes` of the request. */
  readonly body: Buffer;
  /** Of the whole body, decoded. */
  readonly bodyBytes: number;
  readonly timings: HttpTimings;
  readonly certificate: HttpCertificate | null;
  /** Addresses the redirects led through, in order; the last is where the answer came from. */
  readonly redirectedTo: readonly string[];
  readonly remoteAddress: string | null;
}

export interface HttpTransport {
  /** Any status is an answer. Failures: refused, timeout, stalled, unreachable, name-not-found, reset, too-large, bad-encoding, not-http, tls, redirect-loop, malformed, aborted. */
  request(request: HttpRequest): Promise<Result<HttpAnswer>>;
}

/** `local` runs on the poller's own machine; any other name is a host of pitwall.yaml's `hosts`. */
export type HostName = string;

export interface ExchangeRequest extends Bounds {
  /** A Unix socket's path, or `host:port`. */
  readonly to: string;
  /** From where: the poller's machine, or a host reached over ssh (stream forwarding; no program is needed there). */
  readonly from: HostName;
  readonly send: string;
}

export interface TcpTransport {
  /**
   * Connects, sends, reads until the other side closes. Failures: refused, timeout, stalled, reset, too-large, forbidden
   * (EACCES), not-running (ENOENT), malformed (`to` is no address), and those of ssh. A close without one byte of answer
   * is `reset`.
   */
  exchange(request: ExchangeRequest): Promise<Result<string>>;
}

export interface CommandRequest extends Bounds {
  /** Program and arguments. Over ssh each is quoted for POSIX sh by the transport; nothing here is ever a shell's text. */
  readonly argv: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Variables whose values are secrets of one line: handed over by stdin, so that no list of processes shows them. */
  readonly secretEnv?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  /** Each line as it comes, already bounded and free of control sequences. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
}

export interface CommandAnswer {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes left out because of `maxBytes`. */
  readonly droppedBytes: number;
}

export interface SshTransport {
  /**
   * Any exit code is an answer. Failures: refused, timeout, name-not-found, unreachable, unauthorized, host-key-unknown,
   * host-key-changed, bastion-failed, secret-missing, command-not-found (local only), reset, aborted; also malformed (it
   * does not speak SSH), unsupported-version (no safe algorithm in common), too-many-connections, forbidden. When the
   * deadline passes or it is aborted the command is ended over there, which takes up to 9 s more on a host that is in trouble itself; the failure says whether
   * it is proven gone, and has `mayStillRun` if not.
   */
  run(host: HostName, request: CommandRequest): Promise<Result<CommandAnswer>>;
}

export interface PostgresTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password?: string;
  readonly tls?: "off" | "prefer" | "require" | "verify";
  /** Reached through this ssh host's forwarding instead of directly. */
  readonly via?: HostName;
  /** For actions: a session that may write. It is another connection than the read-only one, which is the default. */
  readonly access?: "read-only" | "writable";
  /**
   * `pooler`: a PgBouncer leads to the server. A session is given back after each statement, for in session pooling it would
   * hold one of the server's, and nothing is set in it, for what is set stays with the server's session and meets the next
   * client. `console`: PgBouncer's own console, which speaks the simple protocol only; parameters are no use there.
   */
  readonly through?: "pooler" | "console";
}

export interface PostgresTransport {
  /**
   * Runs one read-only statement on a warm connection of this target. Cast bigint and numeric to text or float8 in SQL:
   * they arrive as strings otherwise (facts.md 2.5). Failures: refused, timeout, unauthorized, missing-grant,
   * too-many-connections, starting-up, no-such-object, unreachable, name-not-found, tls, malformed (it does not speak
   * PostgreSQL), too-large, reset, aborted, unsupported-version, command-failed, and those of ssh for `via`.
   */
  query<Row extends Record<string, unknown>>(
    target: PostgresTarget,
    sql: string,
    values: readonly unknown[],
    bounds: Bounds,
  ): Promise<Result<Row[]>>;
}

/** What a collector or an action is handed to reach the world. */
export interface Transports {
  readonly http: HttpTransport;
  readonly tcp: TcpTransport;
  readonly ssh: SshTransport;
  readonly postgres: PostgresTransport;
}
