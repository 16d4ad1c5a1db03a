import { type Failure, type FailureKind, failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { HttpConfig } from "#lib/integrations/http/config.ts";
import type { HttpDetail, HttpOutcome, HttpTarget, HttpTargetCertificate } from "#lib/integrations/http/detail.ts";
import { blamesOf, expectationWords, readsBody, type Unmet, unmet } from "#lib/integrations/http/judge-answer.ts";
import { targetsOf } from "#lib/integrations/http/targets.ts";
import type { CollectContext, Collector, Metric } from "#lib/integrations/integration.ts";
import type { HttpAnswer, HttpCertificate, HttpRequest } from "#lib/transports/types.ts";

type Context = CollectContext<HttpConfig, HttpDetail>;
type Asked = ReturnType<typeof targetsOf>[number];

/** Body bytes that are read of an answer. */
const maxBytes = 2_000_000;
const bodyStartChars = 200;
/** Of an answer whose body nothing is expected of: enough to show how it begins. */
const startBytes = 65_536;
const dayMs = 86_400_000;

/**
 * Asks every target at once, each with the whole deadline, so that one that hangs takes nothing from the others. No
 * answer is told as trouble of that target; the poll itself fails only when Pitwall could ask none of them.
 */
export const collect: Collector<HttpConfig, HttpDetail> = async (context) => {
  const { config } = context;
  const startedAt = context.now();
  // A little less than the poll's own deadline, so that what did answer is still told when one target hangs.
  const deadlineAt = startedAt + Math.max(1, context.timeoutMs - Math.min(250, context.timeoutMs * 0.1));
  const request = requestOf(context);
  if (!request.ok) return request;
  const asked = targetsOf(config);
  const targets = await Promise.all(asked.map((target) => check(context, request.value, target, deadlineAt)));
  const first = targets[0]?.outcome;
  if (first?.is === "unknown" && targets.every((target) => target.outcome.is === "unknown")) return err(first.failure);
  const detail = { method: config.method, url: config.url, expects: expectationWords(config), targets };
  return ok({ detail, metrics: targets.flatMap(metricsOf) });
};

type Prepared = Omit<HttpRequest, "address" | "timeoutMs">;

/** The request all targets get, with its secrets. Failure: `secret-missing`. */
function requestOf({ config, secret, signal }: Context): Result<Prepared> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(config.headers)) {
    const text = typeof value === "string" ? ok(value) : secretLine(secret, value.secret, value.prefix);
    if (!text.ok) return text;
    headers[name] = text.value;
  }
  if (config.login !== undefined) {
    const password = secretLine(secret, config.login.password, "");
    if (!password.ok) return password;
    headers.authorization = `Basic ${Buffer.from(`${config.login.user}:${password.value}`).toString("base64")}`;
  }
  const ca = config.tls.ca === undefined ? undefined : secret(config.tls.ca);
  if (ca !== undefined && !ca.ok) return ca;
  return ok({
    url: config.url,
    method: config.method,
    headers,
    ...(config.body === undefined ? {} : { body: config.body }),
    redirects: config.redirects,
    verifyTls: config.tls.verify,
    ...(ca === undefined ? {} : { ca: ca.value }),
    signal,
    maxBytes,
    ...(readsBody(config) ? {} : { keepBytes: startBytes }),
  });
}

function secretLine(secret: Context["secret"], reference: string, prefix: string): Result<string> {
  const value = secret(reference);
  if (!value.ok) return value;
  return /[\r\n\0]/.test(value.value)
    ? err(failure("secret-missing", `${reference} holds more than one line, so it cannot be sent`))
    : ok(`${prefix}${value.value}`);
}

async function check(context: Context, prepared: Prepared, asked: Asked, deadlineAt: number): Promise<HttpTarget> {
  const request = { ...prepared, ...(asked.address === null ? {} : { address: asked.address }) };
  const answer = await context.transports.http.request({ ...request, timeoutMs: deadlineAt - context.now() });
  if (answer.ok) return answered(context, asked, answer.value);
  const certificate = await certificateBehind(context, request, answer.error, deadlineAt);
  return { ...blank(asked), outcome: outcomeOf(answer.error), certificate };
}

function answered({ config, now }: Context, asked: Asked, answer: HttpAnswer): HttpTarget {
  const body = answer.body.toString("utf8");
  const certificate = answer.certificate === null ? null : certificateOf(answer.certificate, now());
  const { failed, unjudged } = unmet(config, { status: answer.status, body, certificate });
  return {
    ...blank(asked),
    outcome: judged(failed, unjudged),
    status: answer.status,
    timings: answer.timings,
    bytes: answer.bodyBytes,
    certificate,
    redirectedTo: answer.redirectedTo,
    remoteAddress: answer.remoteAddress,
    bodyStart: failed.length === 0 ? null : startOf(body, answer),
    blames: failed.length === 0 ? [] : blamesOf(config, body),
  };
}

/** One expectation that is not met is enough; that all are met is known only when all were judged. */
function judged(failed: Unmet["failed"], [unjudged]: Unmet["unjudged"]): HttpOutcome {
  if (failed.length > 0) return { is: "unexpected", failed };
  return unjudged === undefined ? { is: "ok" } : { is: "unknown", failure: unjudged };
}

/** How many characters are left out can be told only where all of them were kept. */
function startOf(text: string, { body, bodyBytes }: HttpAnswer): string {
  if (bodyBytes === body.byteLength) return foreignLine(text, bodyStartChars);
  return `${foreignLine(text.slice(0, bodyStartChars))}…`;
}

function blank(asked: Asked): Omit<HttpTarget, "outcome"> {
  const nothing = { status: null, timings: null, bytes: null, certificate: null, remoteAddress: null, bodyStart: null };
  return { ...asked, ...nothing, redirectedTo: [], blames: [] };
}

const oursToBlame: ReadonlySet<FailureKind> = new Set(["aborted", "internal", "secret-missing", "not-allowed"]);

/** No answer is trouble of the endpoint, unless it was Pitwall that stopped, failed, or would not ask. */
function outcomeOf(failed: Failure): HttpOutcome {
  return { is: oursToBlame.has(failed.kind) ? "unknown" : "failed", failure: failed };
}

/**
 * After a failed handshake: which certificate is it? Asked again without verification, and so without headers or body,
 * because whoever answers is not proven to be the one they are meant for.
 */
async function certificateBehind(
  context: Context,
  { url, address, signal }: Pick<HttpRequest, "url" | "address" | "signal">,
  failed: Failure,
  deadlineAt: number,
): Promise<HttpTargetCertificate | null> {
  const timeoutMs = deadlineAt - context.now();
  if (failed.kind !== "tls" || timeoutMs <= 0) return null;
  const where = address === undefined ? { url } : { url, address };
  const ca = context.config.tls.ca === undefined ? undefined : context.secret(context.config.tls.ca);
  const trust = ca?.ok ? { ca: ca.value } : {};
  const request = { ...where, ...trust, method: "HEAD", verifyTls: false, timeoutMs, signal, maxBytes: 65_536 };
  const answer = await context.transports.http.request(request);
  return answer.ok && answer.value.certificate ? certificateOf(answer.value.certificate, context.now()) : null;
}

function certificateOf({ subject, issuer, validTo, error }: HttpCertificate, now: number): HttpTargetCertificate {
  // Down to a few seconds: an expired certificate is never told to have time left.
  const daysLeft = Math.floor(((validTo - now) / dayMs) * 10_000) / 10_000;
  return { subject: foreignLine(subject), issuer: foreignLine(issuer), validTo, daysLeft, error };
}

function metricsOf({ name, outcome, timings, certificate }: HttpTarget): Metric[] {
  return [
    { id: "up", node: name, value: outcome.is === "unknown" ? null : outcome.is === "ok" ? 1 : 0 },
    { id: "total_ms", node: name, value: timings?.totalMs ?? null },
    { id: "first_byte_ms", node: name, value: timings?.firstByteMs ?? null },
    { id: "certificate_days", node: name, value: certificate?.daysLeft ?? null },
  ];
}
