import http from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";

/** What a Vault was asked, as far as it matters to it. */
export interface VaultCall {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly namespace: string | undefined;
  readonly request: string | undefined;
  readonly body: unknown;
}

/** The edge of a Vault: the part of its HTTP API that Pitwall speaks, strict about what it is sent. */
export interface FakeVault {
  readonly url: string;
  readonly calls: VaultCall[];
  /** By path, what a read answers with. */
  readonly secrets: Map<string, unknown>;
  /** Tokens it takes at this moment. */
  readonly tokens: Set<string>;
  readonly roles: Map<string, string>;
  /** Instead of all else it answers with this status. */
  status: number | null;
  tokenTtlS: number;
  nextToken: string;
}

/** By the API's documentation: `v1/auth/approle/login`, `auth/token/lookup-self`, `renew-self`, and reads of KV 1 and 2. */
export async function fakeVault(t: TestContext): Promise<FakeVault> {
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString();
      const call = callOf(request, text === "" ? undefined : JSON.parse(text));
      vault.calls.push(call);
      const { status, body } = answerTo(vault, call);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const vault: FakeVault = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: [],
    secrets: new Map(),
    tokens: new Set(),
    roles: new Map(),
    status: null,
    tokenTtlS: 3_600,
    nextToken: "hvs.first",
  };
  return vault;
}

function callOf({ method = "", url = "", headers }: http.IncomingMessage, body: unknown): VaultCall {
  const one = (name: string) => (typeof headers[name] === "string" ? headers[name] : undefined);
  return {
    method,
    path: url.replace(/^\/v1\//, ""),
    token: one("x-vault-token"),
    namespace: one("x-vault-namespace"),
    request: one("x-vault-request"),
    body,
  };
}

function answerTo(vault: FakeVault, { method, path, token, body }: VaultCall): { status: number; body: unknown } {
  // What a Vault says may quote what it was sent.
  if (vault.status !== null) return { status: vault.status, body: { errors: [`down for ${token}`] } };
  const auth = { lease_duration: vault.tokenTtlS, renewable: true };
  if (method === "POST" && path === "auth/approle/login") {
    const { role_id: role = "", secret_id: secret } = body as Record<string, string>;
    if (vault.roles.get(role) !== secret) return { status: 400, body: { errors: [`invalid ${secret}`] } };
    vault.tokens.add(vault.nextToken);
    return { status: 200, body: { auth: { ...auth, client_token: vault.nextToken } } };
  }
  if (token === undefined || !vault.tokens.has(token)) return { status: 403, body: { errors: ["permission denied"] } };
  if (method === "GET" && path === "auth/token/lookup-self") {
    return { status: 200, body: { data: { id: token, ttl: vault.tokenTtlS, renewable: true } } };
  }
  if (method === "POST" && path === "auth/token/renew-self") {
    return { status: 200, body: { auth: { ...auth, client_token: token } } };
  }
  const secret = method === "GET" ? vault.secrets.get(path) : undefined;
  return secret === undefined ? { status: 404, body: { errors: [] } } : { status: 200, body: secret };
}
