import type { z } from "zod";
import { type AuthParts, authPath, makeAuth } from "#lib/access/identity/auth.ts";
import { sessionTokenOf } from "#lib/access/identity/cookie.ts";
import { createHalfProofs } from "#lib/access/identity/half-proofs.ts";
import { isKnownBrowser, knownBrowser, knownBrowserOf } from "#lib/access/identity/known-browser.ts";
import { hashRecoveryCode } from "#lib/access/identity/recovery-codes.ts";
import { noteRefusedTry } from "#lib/access/identity/refused-tries.ts";
import type { SignInLimits } from "#lib/access/identity/sign-in-limits.ts";
import { reauthenticationNeeded, refusalOf, tooMany, wrongCode } from "#lib/access/identity/sign-in-refusal.ts";
import { peerOf } from "#lib/access/peer.ts";
import { endByProvider } from "#lib/access/vouched/back-channel.ts";
import type { OidcProvider } from "#lib/access/vouched/provider.ts";
import type { AccessSettings } from "#lib/core/access-settings.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { findOpenSession } from "#lib/store/sessions.ts";
import { wasCodeTaken } from "#lib/store/used-codes.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import type { leadsTo, Opened } from "#lib/wire/sign-in.ts";

export interface SignInDoorParts extends AuthParts {
  readonly limits: SignInLimits;
  /** Why a new password is refused; `null` when it is good. */
  readonly objection: (password: string, words: readonly string[]) => string | null;
  readonly provider: OidcProvider | null;
  /** Told when a try that failed could not be audited. */
  readonly onUntold: (cause: unknown) => void;
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
  "POST /oidc/begin": { guess: true },
  // What it takes is made by the one before.
  "GET /callback/oidc": { guess: false },
  "POST /oidc/refusal": { guess: false },
  "POST /oidc/back-channel-logout": { guess: false },
  "POST /proxy/enter": { guess: true },
};

/** Doors that are there only where pitwall.yaml opens them. */
function isShut(path: string, { oidc, proxyHeader }: AccessSettings): boolean {
  if (path === "/proxy/enter") return proxyHeader === null;
  return oidc === null && (path === "/callback/oidc" || path.startsWith("/oidc/"));
}

/** Nothing that is sent here is larger: a passkey's attestation is some kilobytes. */
const maxBodyBytes = 64_000;

export function createSignInDoor(parts: SignInDoorParts): SignInDoor {
  const auth = makeAuth(parts);
  const halves = createHalfProofs();
  return async (request) => {
    const path = new URL(request.url).pathname.slice(authPath.length);
    const door = wanted[`${request.method} ${path}`];
    if (door === undefined || isShut(path, parts.settings))
      return err({ code: "not-found", detail: "There is no such address." });
    const body = await bodyOf(request);
    if (!body.ok) return body;
    if (path === "/oidc/back-channel-logout" && parts.provider !== null) {
      const at = { from: peerOf(request.headers), now: parts.now() };
      return await endByProvider(parts.store, parts.provider, body.value, at);
    }
    const asking = await askingOf(parts, request.headers, path, body.value);
    const email = emailIn(body.value) ?? asking.email ?? halves.emailOf(request.headers);
    const refused = (refusal: Refusal) => {
      // Nobody waits for it: how long an answer takes must not tell whether there is such an account.
      noteRefusedTry(parts.store, { path, from: asking.from, email }, refusal, parts.now()).catch(parts.onUntold);
      return err(refusal);
    };
    const early = await refusedEarly(parts, path, body.value, asking);
    if (early !== null) return refused(early);
    const isKnown =
      email !== null &&
      (email === asking.email || isKnownBrowser(parts.secret, email, knownBrowserOf(request.headers)));
    const who = { from: asking.from, email, known: isKnown };
    const waitSeconds = door.guess ? parts.limits.attempt(who, parts.now()) : null;
    if (waitSeconds !== null) return refused(tooMany(waitSeconds));
    // Asked before, so that a code that was typed once too often does not cost the half of the proof that was right.
    const isTaken = asking.code !== null && email !== null && wasCodeTaken(parts.store.history, email, asking.code);
    if (isTaken) return refused(wrongCode);
    const answer = await auth(inward(request, wordsOf(path, body.value), parts.origin, asking.from), {
      ...asking,
      isKnown,
    });
    if (!answer.ok && answer.status !== 302) return refused(await refusalOf(path, answer));
    if (door.guess) parts.limits.succeeded(who);
    if (path === "/sign-in/email" && email !== null) halves.note(answer, email);
    if (path === "/sign-out") return ok(await signedOut(parts, answer, asking.method));
    const told = answer.status === 302 ? answer : await tellingLess(path, answer);
    return ok(path === "/sign-in/email" && email !== null ? remembering(parts, told, email) : told);
  };
}

/** Second factors are told by their code alone; of a recovery code, by what is kept of it. */
function wordsOf(path: string, body: string): string {
  const code = textIn(body, "code") ?? "";
  if (path === "/two-factor/verify-totp") return JSON.stringify({ code });
  if (path === "/two-factor/verify-backup-code") return JSON.stringify({ code: hashRecoveryCode(code) });
  return body;
}

async function askingOf({ store, now }: SignInDoorParts, headers: Headers, path: string, body: string) {
  const token = sessionTokenOf(headers);
  const session = token === null ? null : await store.read((reading) => findOpenSession(reading, token, now()));
  const { email = null, provedAt = null, method = null } = session ?? {};
  const code = path === "/two-factor/verify-totp" ? textIn(body, "code") : null;
  return { path, from: peerOf(headers), email, code, provedAt, method };
}

/** Where a session was opened by another's word, signing out goes on there. */
async function signedOut({ provider, settings, origin }: SignInDoorParts, answer: Response, method: string | null) {
  const headers = new Headers(answer.headers);
  headers.delete("content-length");
  // Not "cache" as well: nothing of a session may be kept by one, and Chromium takes seconds over it before it goes on.
  headers.set("clear-site-data", '"storage"');
  const url =
    method === "oidc" && provider !== null
      ? await provider.endSession(`${origin}/sign-in?out`)
      : method === "proxy"
        ? (settings.proxyHeader?.signOut ?? "/sign-in?out")
        : null;
  return new Response(JSON.stringify({ url } satisfies z.infer<typeof leadsTo>), { headers });
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
  "/oidc/begin",
  "/oidc/refusal",
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
