import { createHash, randomUUID } from "node:crypto";
import { type Actor, actsByItself } from "#lib/access/actor.ts";
import { commandRefusal } from "#lib/access/allowed.ts";
import { linkRun } from "#lib/commands/link-run.ts";
import { permittedService } from "#lib/commands/permitted-service.ts";
import { pollerSilence } from "#lib/commands/poller-alive.ts";
import { sameUnderWay } from "#lib/commands/run-conflict.ts";
import { matchesWhole } from "#lib/core/pattern.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { canonicalJson } from "#lib/incidents/canonical-json.ts";
import type { KnowKind } from "#lib/integrations/known-kinds.ts";
import { done, unchanged } from "#lib/store/act.ts";
import type { ActingStore, Reading } from "#lib/store/open-store.ts";
import { findRunByKey, insertRun, type NewRun } from "#lib/store/runs.ts";
import type { ServiceRow } from "#lib/store/services.ts";
import { findState } from "#lib/store/states.ts";
import type { OfferDto } from "#lib/wire/board.ts";
import { paramComplaint } from "#lib/wire/param.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import { careFor, type RunRequest, runRequest } from "#lib/wire/run.ts";

export interface RunWanted {
  /** As it came; it is parsed here. */
  readonly body: unknown;
  /** Of the `Idempotency-Key` header: the same key and body is the same run, however often it is sent. */
  readonly idempotencyKey: string | null;
  /** For a run that is started from a step of a runbook: what is kept of the kinds, to tell how the step stood. */
  readonly know?: KnowKind;
}

/**
 * Writes a run for the poller to check and carry out. What the last poll made impossible is refused at once, with the
 * reason; everything else is checked live by the engine, before anything is touched.
 */
export async function requestRun(
  store: ActingStore,
  actor: Actor,
  input: RunWanted,
  now: number,
): Promise<Result<{ readonly id: string; readonly repeated: boolean }, Refusal>> {
  const key = input.idempotencyKey?.trim() ?? "";
  if (key === "" || key.length > 200) return err(keyMissing);
  const parsed = runRequest.safeParse(input.body);
  if (!parsed.success) return err(invalid(parsed.error.issues));
  const request = parsed.data;
  const about = { target: request.serviceId, serviceId: request.serviceId, reason: request.reason ?? null };
  const from = request.runbook === undefined ? {} : { runbook: request.runbook };
  const after = { action: request.action, params: request.params, mode: request.mode, ...from };
  const deed = { actor, command: "request-run", ...about, after, at: now };
  const bodyHash = createHash("sha256").update(canonicalJson(request)).digest("hex");
  const silence = await store.read(async (reading) => {
    const known = await findRunByKey(reading, actor.name, key);
    return known === null ? await pollerSilence(reading, now) : null;
  });
  if (silence !== null) return await store.refuse(deed, silence);
  return await store.act<{ readonly id: string; readonly repeated: boolean }>(deed, async (writing) => {
    const before = await findRunByKey(writing, actor.name, key);
    if (before !== null)
      return before.bodyHash === bodyHash ? unchanged({ id: before.id, repeated: true }) : err(keyReused);
    const permitted = await permittedService(writing, actor, "request-run", request.serviceId);
    if (!permitted.ok) return permitted;
    const service = permitted.value;
    const offer = await offeredAction(writing, request);
    if (!offer.ok) return offer;
    const refused = commandRefusal(actor, "request-run", service, offer.value.risk);
    if (refused !== null) return err(refused);
    const care = careFor(offer.value.risk);
    if (request.mode === "run" && care !== "one-click" && !actsByItself(actor)) return err(needsPlan(offer.value));
    const busy = request.mode === "dry" ? null : await sameUnderWay(writing, request);
    if (busy !== null) return err(busy);
    const run = newRun({ request, service, offer: offer.value, actor, key, bodyHash, now });
    await insertRun(writing, run);
    const unlinked = await linkRun(writing, actor, run, { runbook: request.runbook, know: input.know, now });
    if (unlinked !== null) return err(unlinked);
    return done({ id: run.id, repeated: false }, { runId: run.id });
  });
}

const keyMissing: Refusal = {
  code: "idempotency-key-missing",
  detail: "Send an Idempotency-Key header of 1 to 200 characters, so that a repeated request does not act twice",
};
const keyReused: Refusal = {
  code: "idempotency-key-reused",
  detail: "This Idempotency-Key was used for another request",
};

function needsPlan({ title }: OfferDto): Refusal {
  return {
    code: "confirmation-needed",
    detail: `“${title}” is not run without a plan: send \`mode: "plan"\`, then confirm it`,
  };
}

function invalid(issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[]): Refusal {
  const errors = issues.map((issue) => ({ path: issue.path.map(String).join("."), message: issue.message }));
  return { code: "invalid-request", detail: errors[0]?.message ?? "The request is not understood", errors };
}

async function offeredAction(reading: Reading, request: RunRequest): Promise<Result<OfferDto, Refusal>> {
  const state = await findState(reading, request.serviceId);
  const offer = state?.actions.find((action) => action.id === request.action);
  if (offer === undefined) {
    const known = state?.actions.map((action) => action.id).join(", ");
    const detail = `${request.serviceId} has no action ${request.action.slice(0, 100)}${known ? `; it has: ${known}` : ""}`;
    return err({ code: "not-found", detail });
  }
  if (offer.blocked !== null) return err({ code: "blocked", detail: offer.blocked });
  const errors = paramErrors(offer, request.params);
  if (errors.length > 0)
    return err({ code: "invalid-request", detail: errors[0]?.message ?? "A parameter is wrong", errors });
  return ok(offer);
}

/** Every parameter must be one of the values that were possible at the last poll, or fit the pattern or bounds of a typed one. */
function paramErrors(offer: OfferDto, params: RunRequest["params"]): { path: string; message: string }[] {
  const known = new Set(offer.params.map((field) => field.name));
  const unknown = Object.keys(params).filter((name) => !known.has(name));
  return [
    ...unknown.map((name) => ({ path: `params.${name}`, message: `There is no parameter ${name}` })),
    ...offer.params.flatMap((field) => {
      const complaint = paramComplaint(field, params[field.name] ?? "", matchesWhole);
      return complaint === null ? [] : [{ path: `params.${field.name}`, message: `${field.name} ${complaint}` }];
    }),
  ];
}

function newRun(parts: {
  readonly request: RunRequest;
  readonly service: ServiceRow;
  readonly offer: OfferDto;
  readonly actor: Actor;
  readonly key: string;
  readonly bodyHash: string;
  readonly now: number;
}): NewRun {
  const { request, service, offer, actor, key, bodyHash, now } = parts;
  return {
    id: randomUUID(),
    serviceId: service.id,
    serviceName: service.name,
    action: offer.id,
    title: offer.title,
    risk: offer.risk,
    params: request.params,
    mode: request.mode,
    reason: request.reason ?? null,
    actor,
    idempotencyKey: key,
    bodyHash,
    state: "requested",
    verdict: null,
    plan: null,
    node: null,
    symptoms: [],
    checks: [],
    steps: [],
    verification: null,
    requestedAt: now,
    startedAt: null,
    finishedAt: null,
    confirmedBy: null,
    confirmedAt: null,
    cancelRequested: false,
  };
}
