import http from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import { type KoaContextWithOIDC, Provider } from "oidc-provider";

/** Somebody whom the provider knows, by what they type there. */
export interface ProviderAccount {
  readonly sub: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
  readonly groups?: readonly string[];
}

export interface OpenIdProvider {
  readonly issuer: string;
  readonly clientId: string;
  /** By the name that is typed to sign in; what is changed here holds from the next token on. */
  readonly accounts: Map<string, ProviderAccount>;
  /** How it says that it checked. */
  amr: string[];
  acr: string | undefined;
  /** What every request is answered with instead, to break it; `null`: it works. */
  broken: ((request: http.IncomingMessage, answer: http.ServerResponse) => void) | null;
  /** The client's secret that it takes from now on. */
  readonly changeSecret: (secret: string) => Promise<void>;
  readonly stop: () => Promise<void>;
}

export interface OpenIdProviderOptions {
  readonly secret: string;
  readonly redirectUris: readonly string[];
  readonly signedOutUris?: readonly string[];
  readonly logoutUri?: string;
  /** Whether it says when somebody proved who they are, though nobody asks; by default it does. */
  readonly tellsTime?: boolean;
  /** Whether an ID token carries what was asked for; otherwise only the user info has it. */
  readonly claimsInToken?: boolean;
}

const clientId = "pitwall";

/** A certified OpenID provider on loopback, with a form that takes a name and asks for nothing else. */
export async function startOpenIdProvider(options: OpenIdProviderOptions): Promise<OpenIdProvider> {
  const server = http.createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const told: OpenIdProvider = {
    issuer,
    clientId,
    accounts: new Map(),
    amr: ["pwd"],
    acr: undefined,
    broken: null,
    changeSecret: async (secret) => {
      const known = await provider.Client.find(clientId);
      if (known !== undefined) Object.assign(known, { clientSecret: secret });
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  const provider = await providerOf(issuer, clientOf(options), told, options.claimsInToken ?? true);
  const answer = provider.callback();
  server.on("request", (request, response) => {
    if (told.broken !== null) told.broken(request, response);
    else void answer(request, response);
  });
  return told;
}

function clientOf({ secret, redirectUris, signedOutUris = [], logoutUri, tellsTime = true }: OpenIdProviderOptions) {
  return {
    client_id: clientId,
    client_secret: secret,
    redirect_uris: [...redirectUris],
    require_auth_time: tellsTime,
    post_logout_redirect_uris: [...signedOutUris],
    ...(logoutUri === undefined
      ? {}
      : { backchannel_logout_uri: logoutUri, backchannel_logout_session_required: true }),
  };
}

async function providerOf(
  issuer: string,
  client: ReturnType<typeof clientOf>,
  told: OpenIdProvider,
  claimsInToken: boolean,
): Promise<Provider> {
  const provider = new Provider(issuer, {
    clients: [client],
    jwks: { keys: [await signingKey()] },
    cookies: { keys: ["a key of the test"] },
    // Its own guard keeps it off this machine's addresses, where it is to tell of logouts.
    fetch: (url, asked) => fetch(url, { ...asked, dispatcher: undefined } as RequestInit),
    pkce: { required: () => true },
    conformIdTokenClaims: !claimsInToken,
    claims: {
      openid: ["sub", "groups", "amr"],
      email: ["email", "email_verified"],
      profile: ["name"],
      acr: null,
      auth_time: null,
      sid: null,
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: { enabled: true },
    },
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: async (_ctx, sub) => {
      const known = [...told.accounts.values()].find((account) => account.sub === sub);
      return { accountId: sub, claims: async () => ({ ...known, sub, amr: told.amr }) };
    },
    loadExistingGrant: async (ctx) => await grantAll(provider, ctx),
    renderError: async (ctx, _out, error) => {
      ctx.type = "text/plain";
      ctx.body = `${error.message}\n`;
    },
  });
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith("/interaction/")) return await next();
    await askWho(provider, told, ctx as never);
  });
  return provider;
}

let made: ReturnType<typeof makeKey> | undefined;

/** To find two primes takes a second. */
function signingKey(): ReturnType<typeof makeKey> {
  made ??= makeKey();
  return made;
}

async function makeKey() {
  const { privateKey } = await generateKeyPair("RS256", { extractable: true });
  return { ...(await exportJWK(privateKey)), kid: "first", use: "sig", alg: "RS256" };
}

/** Nobody is asked whether Pitwall may know what it asks for. */
async function grantAll(provider: Provider, ctx: KoaContextWithOIDC) {
  const grant = new provider.Grant({ clientId, accountId: ctx.oidc.session?.accountId ?? "" });
  grant.addOIDCScope("openid email profile");
  await grant.save();
  return grant;
}

async function askWho(
  provider: Provider,
  { accounts, amr, acr }: OpenIdProvider,
  ctx: { method: string; type: string; body: string; req: http.IncomingMessage; res: http.ServerResponse },
): Promise<void> {
  if (ctx.method === "GET") {
    ctx.type = "text/html";
    ctx.body = `<!doctype html><title>Provider</title><form method="post">
      <label>Name <input name="login" autofocus></label> <button>Let me in</button>
      <button name="deny" value="1">No</button></form>`;
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of ctx.req) chunks.push(chunk as Buffer);
  const form = new URLSearchParams(Buffer.concat(chunks).toString());
  const account = accounts.get(form.get("login") ?? "");
  const result =
    form.has("deny") || account === undefined
      ? { error: "access_denied", error_description: "they said no" }
      : { login: { accountId: account.sub, amr, ...(acr === undefined ? {} : { acr }) } };
  await provider.interactionFinished(ctx.req, ctx.res, result);
  (ctx as unknown as { respond: boolean }).respond = false;
}

/** A browser that goes where the provider sends it, signs in there as `login`, and stops at an address that is not the provider's. */
export function providerVisitor({ issuer }: Pick<OpenIdProvider, "issuer">) {
  const cookies = new Map<string, string>();
  const go = async (url: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, { ...init, redirect: "manual", headers: { ...init.headers, cookie } });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === "" || /expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    return answer;
  };
  return {
    cookies,
    go,
    /** Where the provider sends the browser back to. `null` as name: they say no. */
    signIn: async (url: string, login: string | null): Promise<string> => {
      let at = url;
      for (let hop = 0; hop < 12; hop += 1) {
        if (!at.startsWith(issuer)) return at;
        const form = at.includes("/interaction/")
          ? { method: "POST", body: new URLSearchParams(login === null ? { deny: "1" } : { login }) }
          : {};
        const answer = await go(at, form);
        const location = answer.headers.get("location");
        if (location === null) throw new Error(`the provider said ${answer.status}: ${await answer.text()}`);
        at = new URL(location, at).href;
      }
      throw new Error("the provider sends the browser round in a circle");
    },
  };
}
