import { type AuthParts, authPath, makeAuth } from "#lib/access/identity/auth.ts";
import { sessionTokenOf } from "#lib/access/identity/cookie.ts";
import { isKnownBrowser, knownBrowser, knownBrowserOf } from "#lib/access/identity/known-browser.ts";
import type { SignInLimits } from "#lib/access/identity/sign-in-limits.ts";
import { peerOf } from "#lib/access/peer.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { findOpenSession } from "#lib/store/sessions.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import type { Opened } from "#lib/wire/sign-in.ts";

export interface SignInDoorParts extends AuthParts {
  readonly limits: SignInLimits;
  /** Why a new password is refused; `null` when it is good. */
  readonly objection: (password: string, words: readonly string[]) => string | null;
}

/** Answers what lies below `/api/auth`: those of better-auth's addresses that are wanted here, and no other. */
export type SignInDoor = (request: Request) => Promise<Result<Response, Refusal>>;

/** What each address takes, and whether somebody may guess there. */
const wanted: Readonly<Record<string, { readonly guess: boolean }>> = {
  "POST /sign-in/email": { guess: true },
  "POST /sign-out": { guess: false },
  "POST /link/look": { guess: true },
  "POST /link/use": { guess: true },
  "POST /change-password": { guess: true },
  "GET /passkey/generate-register-options": { guess: false },
  "POST /passkey/verify-registration": { guess: false },
  "GET /passkey/generate-authenticate-options": { guess: false },
  "POST /passkey/verify-authentication": { guess: true },
  "POST /passkey/delete-passkey": { guess: false },
  "POST /two-factor/enable": { guess: true },
  "POST /two-factor/disable": { guess: true },
  "POST /two-factor/verify-totp": { guess: true },
  "POST /two-factor/verify-backup-code": { guess: true },
  "POST /two-factor/generate-backup-codes": { guess: true },
};

/** Nothing that is sent here is larger: a passkey's attestation is some kilobytes. */
const maxBodyBytes = 64_000;

export function createSignInDoor(parts: SignInDoorParts): SignInDoor {
  const auth = makeAuth(parts);
  return async (request) => {
    const path = new URL(request.url).pathname.slice(authPath.length);
    const door = wanted[`${request.method} ${path}`];
    if (door === undefined) return err({ code: "not-found", detail: "There is no such address." });
    const body = await bodyOf(request);
    if (!body.ok) return body;
    const asking = await askingOf(parts, request.headers, path);
    const early = await refusedEarly(parts, path, body.value, asking);
    if (early !== null) return err(early);
    const email = emailIn(body.value) ?? asking.email;
    const known = email !== null && isKnownBrowser(parts.secret, email, knownBrowserOf(request.headers));
    const who = { from: asking.from, email, known };
    const waitSeconds = door.guess ? await parts.limits.attempt(who) : null;
    if (waitSeconds !== null) return err(tooMany(waitSeconds));
    const answer = await auth(inward(request, body.value, parts.origin, asking.from), asking);
    if (answer.status === 503) return err(tooMany(5));
    if (!answer.ok && answer.status !== 302) return err(await refusalOf(path, answer));
    if (door.guess) await parts.limits.succeeded(who);
    const told = answer.status === 302 ? answer : await tellingLess(path, answer);
    return ok(path === "/sign-in/email" && email !== null ? remembering(parts, told, email) : told);
  };
}

async function askingOf({ store, now }: SignInDoorParts, headers: Headers, path: string) {
  const token = sessionTokenOf(headers);
  const session = token === null ? null : await store.read((reading) => findOpenSession(reading, token, now()));
  return { path, from: peerOf(headers), email: session?.email ?? null, provedAt: session?.provedAt ?? null };
}

/** What takes away or adds a proof asks for a fresh one, so that a stolen session cannot make itself at home. */
const needsFresh = new Set([
  "/passkey/generate-register-options",
  "/passkey/verify-registration",
  "/passkey/delete-passkey",
  "/two-factor/enable",
  "/two-factor/disable",
  "/two-factor/generate-backup-codes",
  "/change-password",
]);

async function refusedEarly(
  { settings, objection, now }: SignInDoorParts,
  path: string,
  body: string,
  { email, provedAt }: Awaited<ReturnType<typeof askingOf>>,
): Promise<Refusal | null> {
  if (!needsFresh.has(path)) return null;
  if (email === null) return { code: "unauthorized", detail: "Sign in first." };
  if (provedAt === null || now() - provedAt > settings.freshMs) return reauthenticationNeeded;
  const password = path === "/change-password" ? textIn(body, "newPassword") : null;
  const wrong = password === null ? null : objection(password, [email]);
  return wrong === null ? null : { code: "invalid-request", detail: wrong };
}

async function bodyOf(request: Request): Promise<Result<string, Refusal>> {
  if (request.body === null || request.method === "GET") return ok("");
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBodyBytes)
      return err({ code: "too-large", detail: `A body may have ${maxBodyBytes} bytes at most.` });
    chunks.push(chunk);
  }
  return ok(Buffer.concat(chunks).toString("utf8"));
}

/** Whose account somebody names, to count by. What is no JSON better-auth itself refuses. */
function emailIn(body: string): string | null {
  return textIn(body, "email")?.toLowerCase().slice(0, 254) ?? null;
}

function textIn(body: string, name: string): string | null {
  try {
    const told: unknown = JSON.parse(body);
    const value = typeof told === "object" && told !== null ? (told as Record<string, unknown>)[name] : null;
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}

/** As better-auth is to see it: at our origin, from the address that the front saw, and with no word of any other. */
function inward(request: Request, body: string, origin: string, from: string | null): Request {
  const headers = new Headers(request.headers);
  for (const name of [...headers.keys()]) if (name.startsWith("x-forwarded-")) headers.delete(name);
  headers.delete("content-length");
  if (from === null) headers.delete("x-pitwall-from");
  else headers.set("x-pitwall-from", from);
  const { pathname, search } = new URL(request.url);
  return new Request(`${origin}${pathname}${search}`, {
    method: request.method,
    headers,
    ...(request.method === "GET" ? {} : { body: body === "" ? "{}" : body }),
  });
}

/** Addresses whose answer the page needs whole; elsewhere better-auth would tell scripts the session's token. */
const toldWhole = new Set([
  "/link/look",
  "/passkey/generate-register-options",
  "/passkey/generate-authenticate-options",
  "/two-factor/enable",
  "/two-factor/generate-backup-codes",
]);

async function tellingLess(path: string, answer: Response): Promise<Response> {
  if (toldWhole.has(path)) return answer;
  const told: unknown = await answer.json().catch(() => null);
  const twoFactor = typeof told === "object" && told !== null && "twoFactorRedirect" in told;
  const headers = new Headers(answer.headers);
  headers.delete("content-length");
  return new Response(JSON.stringify({ twoFactor } satisfies Opened), { status: answer.status, headers });
}

function remembering({ secret, origin }: SignInDoorParts, answer: Response, email: string): Response {
  const remembered = new Response(answer.body, answer);
  remembered.headers.append("set-cookie", knownBrowser(secret, email, origin.startsWith("https:")));
  return remembered;
}

function tooMany(seconds: number): Refusal {
  const detail = `Too many tries. Wait ${seconds} seconds, then try again.`;
  return { code: "too-many-requests", detail, retryAfterMs: seconds * 1_000 };
}

/** better-auth's words are for programs, and some tell strangers too much: each refusal gets one of ours. */
async function refusalOf(path: string, answer: Response): Promise<Refusal> {
  const { code, message } = await problemIn(answer);
  if (answer.status === 404 || answer.status === 410) return { code: "gone", detail: message };
  if (path === "/link/use" || path === "/link/look") return { code: "invalid-request", detail: message };
  if (code === "SESSION_NOT_FRESH") return reauthenticationNeeded;
  if (path === "/sign-in/email") {
    return { code: "unauthorized", detail: "The address or the password is wrong, or the account is closed." };
  }
  if (path.startsWith("/two-factor/verify-")) {
    return { code: "unauthorized", detail: "The code is wrong or has run out. Take the one that is shown now." };
  }
  if (path.startsWith("/passkey/")) return { code: "unauthorized", detail: "The passkey was not accepted." };
  if (code === "INVALID_PASSWORD") return { code: "invalid-request", detail: "The password is wrong." };
  if (answer.status === 401) return { code: "unauthorized", detail: "Sign in first." };
  if (answer.status === 403) return { code: "forbidden", detail: "This is not allowed from here." };
  return { code: "invalid-request", detail: "The request is not understood." };
}

/** Before something grave, whoever is signed in proves it once more. */
export const reauthenticationNeeded: Refusal = {
  code: "reauthentication-needed",
  detail: "Prove once more that it is you: your last proof is too old for this.",
};

async function problemIn(answer: Response): Promise<{ readonly code: string; readonly message: string }> {
  const told: unknown = await answer.json().catch(() => null);
  const field = (name: string) => {
    const value = typeof told === "object" && told !== null ? (told as Record<string, unknown>)[name] : undefined;
    return typeof value === "string" ? value.slice(0, 300) : "";
  };
  return { code: field("code"), message: field("message") };
}
