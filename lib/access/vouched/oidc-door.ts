import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthEndpoint } from "better-auth/api";
import { setSessionCookie } from "better-auth/cookies";
import { z } from "zod";
import { cookiePrefixes, sessionTokenOf } from "#lib/access/identity/cookie.ts";
import { peerOf } from "#lib/access/peer.ts";
import type { Admission, NotAdmitted, VouchedPerson } from "#lib/access/vouched/person.ts";
import type { OidcProvider } from "#lib/access/vouched/provider.ts";
import type { ProviderTrouble } from "#lib/access/vouched/provider-trouble.ts";
import type { Result } from "#lib/core/result.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { providerQuestion, safeReturn, type ToldRefusal } from "#lib/wire/sign-in.ts";

export interface OidcDoorParts {
  readonly provider: OidcProvider;
  /** Scheme, host and port as the browser knows them. */
  readonly origin: string;
  /** Whose session a cookie's token is; `null`: nobody's. */
  readonly holderOf: (token: string, now: number) => Promise<string | null>;
  /** Who that is here, with the roles that their groups give. */
  readonly admit: (
    person: VouchedPerson,
    admission: Admission,
  ) => Promise<Result<{ readonly userId: string }, NotAdmitted>>;
  /** Writes a refused sign-in down; `why` is for the log alone. */
  readonly noteRefusal: (noted: NotedRefusal) => Promise<void>;
  readonly now: () => number;
}

export interface NotedRefusal {
  readonly refusal: Refusal;
  /** Who it would have been; `null`: it did not come so far. */
  readonly who: string | null;
  readonly from: string | null;
}

/** From the start to the end of one sign-in; a person finds a second factor in this time. */
const flowMs = 10 * 60_000;
const mostToldBytes = 1_500;

/** What is kept of a sign-in that was begun, under its `state`. */
const flowSchema = z.object({
  /** Of which provider: an answer of another one ends nothing. */
  issuer: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Hash of what the browser that began it keeps in a cookie. */
  browser: z.string(),
  to: z.string(),
  /** Whose fresh proof it is; `null`: it opens a session for whoever it is. */
  proves: z.string().nullable(),
  begunAt: z.number(),
});
type Flow = z.infer<typeof flowSchema>;

type Row = { readonly value: string } | null;
interface FlowStore {
  readonly findVerificationValue: (identifier: string) => Promise<Row>;
  readonly consumeVerificationValue: (identifier: string) => Promise<Row>;
}

/**
 * Signing in by an OpenID provider: code flow with PKCE, `state` and `nonce`. `state` leads to a row that works once and in
 * the browser that began it alone. Beginning is a POST; what the browser brings back is a GET, for so the protocol has it.
 */
export function oidcDoor(parts: OidcDoorParts): BetterAuthPlugin {
  const { provider, origin, now } = parts;
  const secure = origin.startsWith("https:");
  const cookie = (what: string) => `${secure ? cookiePrefixes.secure : cookiePrefixes.plain}.${what}`;
  const attributes = { httpOnly: true, secure, sameSite: "lax", path: "/", maxAge: flowMs / 1_000 } as const;
  const redirectUri = `${origin}/api/auth/callback/oidc`;

  /** Takes up what was begun: looked for first, so that whoever asks at random costs no write. */
  const takeFlow = async (state: string, browser: string, kept: FlowStore): Promise<Flow | null> => {
    if (!/^[\w-]{43}$/.test(state)) return null;
    const found = (await kept.findVerificationValue(`oidc-${state}`))?.value;
    const flow = flowOf(found, browser, provider.settings.issuer, now());
    return flow === null || (await kept.consumeVerificationValue(`oidc-${state}`)) === null ? null : flow;
  };

  return {
    id: "pitwall-oidc",
    endpoints: {
      beginOidc: createAuthEndpoint("/oidc/begin", { method: "POST", body: providerQuestion }, async (ctx) => {
        const headers = ctx.headers ?? new Headers();
        const proves = ctx.body.prove === true ? await holderIn(parts, headers) : null;
        if (ctx.body.prove === true && proves === null) {
          throw refusing({ code: "unauthorized", detail: "Sign in first." });
        }
        const state = randomBytes(32).toString("base64url");
        const begun = await provider.begin({ redirectUri, state, prove: proves !== null });
        if (!begun.ok) {
          const refusal = refusalOf(begun.error);
          const noted = { refusal: { ...refusal, detail: begun.error.why }, who: null, from: peerOf(headers) };
          await parts.noteRefusal(noted);
          throw refusing(refusal);
        }
        const kept = ctx.getCookie(cookie("oidc")) ?? "";
        const browser = /^[\w-]{43}$/.test(kept) ? kept : randomBytes(32).toString("base64url");
        const { nonce, verifier, url } = begun.value;
        const flow: Flow = {
          issuer: provider.settings.issuer,
          nonce,
          verifier,
          browser: hashOf(browser),
          to: safeReturn(ctx.body.to),
          proves,
          begunAt: now(),
        };
        await ctx.context.internalAdapter.createVerificationValue({
          identifier: `oidc-${state}`,
          value: JSON.stringify(flow),
          expiresAt: new Date(now() + flowMs),
        });
        ctx.setCookie(cookie("oidc"), browser, attributes);
        return ctx.json({ url });
      }),

      endOidc: createAuthEndpoint("/callback/oidc", { method: "GET" }, async (ctx) => {
        const headers = ctx.headers ?? new Headers();
        const url = new URL(ctx.request?.url ?? redirectUri);
        const state = url.searchParams.get("state") ?? "";
        const flow = await takeFlow(state, ctx.getCookie(cookie("oidc")) ?? "", ctx.context.internalAdapter);
        const page = flow !== null && flow.proves !== null ? "/prove" : "/sign-in";
        const refuse = async (refusal: NotAdmitted, why: string, who: string | null) => {
          await parts.noteRefusal({ refusal: { ...refusal, detail: why }, who, from: peerOf(headers) });
          const told: ToldRefusal = { detail: refusal.detail, groups: someOf(refusal.groups) };
          await ctx.setSignedCookie(cookie("told"), JSON.stringify(told), ctx.context.secret, {
            ...attributes,
            maxAge: 60,
          });
          return ctx.redirect(`${page}?refused=${encodeURIComponent(flow?.to ?? "/")}`);
        };
        if (flow === null) throw await refuse(notBegun, "no sign-in with this state was begun in this browser", null);
        const { nonce, verifier, proves, begunAt } = flow;
        const provenAfter = proves === null ? null : begunAt;
        const proof = await provider.finish({ url, state, nonce, verifier, provenAfter });
        if (!proof.ok) throw await refuse(refusalOf(proof.error), proof.error.why, null);
        const { person, provedAt, sid } = proof.value;
        const who = person.email ?? person.subject;
        const admitted = await parts.admit(person, { wanted: proves, from: peerOf(headers), now: now() });
        if (!admitted.ok) throw await refuse(admitted.error, admitted.error.detail, who);
        const { acr, amr } = provider.settings.require;
        const user = await ctx.context.internalAdapter.findUserById(admitted.value.userId);
        const session = await ctx.context.internalAdapter.createSession(admitted.value.userId, false, {
          voucher: sid,
          strong: acr.length + amr.length > 0,
          // A clock that runs ahead there makes no proof of tomorrow.
          provedAt: provedAt === null ? null : new Date(Math.min(provedAt, now())),
        });
        if (user === null || session === null) throw new APIError("UNAUTHORIZED");
        await setSessionCookie(ctx, { session, user });
        throw ctx.redirect(proves === null ? flow.to : "/prove?done");
      }),

      toldByOidc: createAuthEndpoint("/oidc/refusal", { method: "POST", body: z.object({}) }, async (ctx) => {
        const told = await ctx.getSignedCookie(cookie("told"), ctx.context.secret);
        ctx.setCookie(cookie("told"), "", { ...attributes, maxAge: 0 });
        return ctx.json({ told: typeof told === "string" ? (JSON.parse(told) as ToldRefusal) : null });
      }),
    },
  };
}

const notBegun: Refusal = {
  code: "gone",
  detail:
    "This sign-in was not begun in this browser, was used already, or was begun over ten minutes ago. Begin anew.",
};

async function holderIn(parts: OidcDoorParts, headers: Headers): Promise<string | null> {
  const token = sessionTokenOf(headers);
  return token === null ? null : await parts.holderOf(token, parts.now());
}

/** The sign-in that this answer belongs to; `null` unless it was begun with this provider, in this browser, not long ago. */
function flowOf(value: string | undefined, browser: string, issuer: string, now: number): Flow | null {
  if (value === undefined) return null;
  const flow = flowSchema.safeParse(JSON.parse(value));
  if (!flow.success || flow.data.issuer !== issuer || now - flow.data.begunAt > flowMs) return null;
  const [kept, given] = [Buffer.from(flow.data.browser), Buffer.from(hashOf(browser))];
  return kept.length === given.length && timingSafeEqual(kept, given) ? flow.data : null;
}

function hashOf(browser: string): string {
  return createHash("sha256").update(browser, "utf8").digest("hex");
}

function refusalOf({ kind, detail }: ProviderTrouble): Refusal {
  switch (kind) {
    case "unavailable":
    case "misconfigured":
      return { code: "provider-unavailable", detail };
    case "refused":
      return { code: "unauthorized", detail };
    case "weak":
      return { code: "forbidden", detail };
    default:
      return kind satisfies never;
  }
}

function refusing({ code, detail }: Refusal): APIError {
  return new APIError(code === "provider-unavailable" ? "SERVICE_UNAVAILABLE" : "UNAUTHORIZED", {
    code,
    message: detail,
  });
}

/** As many as fit: a browser drops a cookie of over 4 kB, and each letter of other scripts takes nine bytes in it. */
function someOf(groups: readonly string[] | undefined): string[] | null {
  if (groups === undefined) return null;
  const shown: string[] = [];
  let size = 0;
  for (const group of groups) {
    const short = group.length > 60 ? `${group.slice(0, 59)}…` : group;
    size += encodeURIComponent(short.toWellFormed()).length + 10;
    if (size > mostToldBytes) return [...shown, `and ${groups.length - shown.length} more`];
    shown.push(short.toWellFormed());
  }
  return shown;
}
