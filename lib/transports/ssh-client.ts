import type { Duplex } from "node:stream";
import ssh2, { Client, type ConnectConfig } from "ssh2";
import { formatDuration } from "#lib/core/duration.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { createHostKeyCheck, type HostKeyCheck } from "#lib/transports/host-key.ts";
import { said } from "#lib/transports/said.ts";
import { socketFailure } from "#lib/transports/socket-failure.ts";

/** What it takes to log in to one sshd. */
export interface Login {
  /** `10.0.0.5:22`, for failures. */
  readonly place: string;
  readonly user: string;
  readonly privateKey: string;
  readonly hostKeys: readonly string[];
  /** Connected already, or connecting. */
  readonly socket: Duplex;
  readonly timeoutMs: number;
}

/** Nothing that rests on SHA-1, CBC or a small group. AES-GCM first, because OpenSSL does it in hardware. */
const algorithms = {
  kex: [
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
  ],
  cipher: [
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
  ],
  hmac: ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512"],
  compress: ["none"],
} satisfies ConnectConfig["algorithms"];

/** A connection that died without a word is noticed after 10 s x 3. */
const keepalive = { keepaliveInterval: 10_000, keepaliveCountMax: 3 } as const;

/** A login under way, and what it waits for at this moment, for whoever gives up on it sooner. */
export interface LoginAttempt {
  readonly result: Promise<Result<Client>>;
  /** `no SSH greeting from 10.0.0.5:22`. */
  waitsFor(): string;
}

/** Logs in by public key alone, after the host key was found to be the pinned one. Never rejects; leaves no open socket on failure. */
export function logIn(login: Login): LoginAttempt {
  const state: LoginState = {
    login,
    check: createHostKeyCheck(login.hostKeys, login.place),
    phase: "connect",
    start: "",
  };
  return { result: performLogin(state), waitsFor: () => waitsFor(state) };
}

interface LoginState {
  readonly login: Login;
  readonly check: HostKeyCheck;
  phase: "connect" | "greeting" | "handshake" | "login";
  /** First bytes the other side sent: tells an sshd from something else. */
  start: string;
}

function performLogin(state: LoginState): Promise<Result<Client>> {
  const { login, check } = state;
  const key = ssh2.utils.parseKey(login.privateKey);
  if (key instanceof Error) {
    login.socket.destroy();
    return Promise.resolve(
      err(failure("unauthorized", `the private key for ${login.place} cannot be used`, said(key.message))),
    );
  }
  return new Promise((resolve) => {
    const client = new Client();
    let settled = false;
    const settle = (result: Result<Client>) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      resolve(result);
      if (!result.ok) login.socket.destroy();
    };
    const timer = setTimeout(() => {
      const what = `${waitsFor(state)} within ${formatDuration(login.timeoutMs)}`;
      const connected = state.phase === "connect" ? {} : ({ connected: true } as const);
      settle(err(failure("timeout", what, { afterMs: login.timeoutMs, ...connected })));
    }, login.timeoutMs);
    // Before connecting and for the client's life: an error that nobody hears ends the process.
    client.on("error", (error) => settle(err(loginFailure(error, state))));
    client.on("close", () => settle(err(failure("reset", `${login.place} closed the connection before the login`))));
    client.on("connect", () => {
      state.phase = "greeting";
    });
    client.on("handshake", () => {
      state.phase = "login";
    });
    client.on("ready", () => settle(ok(client)));
    try {
      client.connect({
        sock: login.socket as NonNullable<ConnectConfig["sock"]>,
        username: login.user,
        privateKey: login.privateKey,
        authHandler: ["publickey"],
        hostVerifier: (shown: Buffer) => check.verify(shown),
        algorithms: { ...algorithms, serverHostKey: [...check.algorithms] as never },
        strictVendor: false,
        readyTimeout: 0,
        ...keepalive,
      });
      login.socket.once("data", (chunk: Buffer) => {
        state.start = chunk.subarray(0, 400).toString("latin1");
        if (state.start.startsWith("SSH-")) state.phase = "handshake";
      });
    } catch (error) {
      settle(err(loginFailure(error, state)));
    }
  });
}

function waitsFor(state: LoginState): string {
  const { place, user } = state.login;
  switch (state.phase) {
    case "connect":
      return `no connection to ${place}`;
    case "greeting":
      return `no SSH greeting from ${place}`;
    case "handshake":
      return `no end of the SSH handshake with ${place}`;
    case "login":
      return `no answer to the login of ${user} at ${place}`;
    default:
      return state.phase satisfies never;
  }
}

/** What an error of ssh2 means while logging in. `level` is ssh2's own word for the layer it comes from. */
function loginFailure(error: unknown, state: LoginState): Failure {
  const { check, login, start } = state;
  const { place, user } = login;
  const refusal = check.refusal();
  if (refusal) return refusal;
  const level = typeof error === "object" && error !== null && "level" in error ? error.level : undefined;
  const message = error instanceof Error ? error.message : String(error);
  if (level === "client-authentication") return failure("unauthorized", `${place} refused the key of user ${user}`);
  if (level === "client-socket") return socketFailure(error, place);
  if (start.startsWith("Exceeded MaxStartups")) {
    return failure("too-many-connections", `${place} takes no further logins at the moment`, said(start));
  }
  if (start !== "" && !start.startsWith("SSH-"))
    return failure("malformed", `${place} does not speak SSH`, said(start));
  if (level === "handshake") {
    // ssh2 tells the negotiated parts apart in its text alone.
    if (message.includes("no matching host key")) return check.noneOfPinnedTypes();
    return failure("unsupported-version", `no safe SSH algorithm in common with ${place}`, said(message));
  }
  return failure("reset", `${place} closed the connection before the login`, said(message));
}
