import { z } from "zod";
import type { Doors } from "#lib/access/doors/door.ts";
import { automationAnswer, automationWanted } from "#lib/wire/automation.ts";
import { boardServiceDto } from "#lib/wire/board.ts";
import { confirmAnswer, confirmRequest } from "#lib/wire/confirm.ts";
import { dependencyAnswer, dependencyRequest } from "#lib/wire/explain.ts";
import { healAcknowledged, healAcknowledgement } from "#lib/wire/heal.ts";
import { commentRequest } from "#lib/wire/incident.ts";
import { acknowledgeRequest, maintenanceRequest, silenceRequest } from "#lib/wire/planned.ts";
import { runApproval, runConfirmation, runDto, runRequest, runSettlement } from "#lib/wire/run.ts";
import { runbookFinish, runbookMarkRequest, runbookStart } from "#lib/wire/runbook.ts";
import { snapshotCreatedDto, snapshotRequest } from "#lib/wire/snapshot.ts";

/** No field at all. */
export const nothing = z.strictObject({});
const made = z.object({ id: z.string() });
const polled = z.object({
  id: z.string(),
  finishedAt: z.number().nullable(),
  /** What was found, of the services one may see. */
  services: z.array(boardServiceDto),
});

const ofService = { needs: "respond", on: "service", limit: "api", refuses: ["not-found"] } as const;
const ofRow = { needs: "respond", on: "row", limit: "api", refuses: ["not-found"] } as const;
const run = { needs: "act", on: "row", limit: "run" } as const;

/** Caring for trouble, and acting. */
export const tending = {
  "/api/v1/automation": {
    POST: {
      needs: "act",
      on: "body",
      limit: "api",
      summary: "Switch off or on what rules start by themselves, of everything or of one service",
      body: automationWanted,
      answers: { 200: automationAnswer },
      refuses: ["not-found", "conflict"],
    },
  },
  "/api/v1/incidents/[id]/comments": {
    POST: { ...ofRow, summary: "Comment on an incident", body: commentRequest, answers: { 201: made } },
  },
  "/api/v1/maintenance": {
    POST: {
      needs: "respond",
      on: "body",
      limit: "api",
      summary: "Begin planned work now; over nodes it takes a role over all services",
      body: maintenanceRequest,
      answers: { 201: made },
      refuses: ["not-found"],
    },
  },
  "/api/v1/maintenance/[id]/end": {
    POST: { ...ofRow, summary: "End planned work early", body: nothing, answers: { 200: made } },
  },
  "/api/v1/poll": {
    POST: {
      needs: ["respond", "request-polls"],
      on: "none",
      limit: "run",
      summary: "Poll all services now; answers with what was found, or 202 when that takes longer than ten seconds",
      body: nothing,
      answers: { 200: polled, 202: polled },
      refuses: ["not-found", "poller-silent"],
    },
  },
  "/api/v1/runbook-sessions/[id]/finish": {
    POST: {
      ...ofRow,
      summary: "End a runbook for everybody, and write what came of it into its incident",
      body: runbookFinish,
      answers: { 200: made },
      refuses: ["not-found", "conflict"],
    },
  },
  "/api/v1/runbook-sessions/[id]/marks": {
    POST: {
      ...ofRow,
      summary: "Tick, pass by, answer or choose at a step of a runbook, take that back, or leave",
      body: runbookMarkRequest,
      answers: { 201: made },
      refuses: ["not-found", "conflict"],
    },
  },
  "/api/v1/services/[id]/runbook": {
    POST: { ...ofService, summary: "Follow a runbook, or join who does", body: runbookStart, answers: { 201: made } },
  },
  "/api/v1/runs": {
    POST: {
      needs: "act",
      on: "body",
      limit: "run",
      summary: "Ask for a run; high and critical risk take the role operator",
      headers: z.object({ "idempotency-key": z.string().min(1).max(200) }),
      body: runRequest,
      answers: { 200: runDto, 202: runDto },
      refuses: [
        "not-found",
        "blocked",
        "conflict",
        "confirmation-needed",
        "idempotency-key-missing",
        "idempotency-key-reused",
        "poller-silent",
      ],
    },
  },
  "/api/v1/runs/[id]/approve": {
    POST: {
      ...run,
      summary: "Approve or deny the very plan that somebody else confirmed",
      body: runApproval,
      answers: { 202: runDto },
      refuses: ["not-found", "conflict", "plan-stale", "plan-expired"],
    },
  },
  "/api/v1/runs/[id]/cancel": {
    POST: {
      ...run,
      summary: "Ask a run to stop",
      body: nothing,
      answers: { 202: runDto },
      refuses: ["not-found", "conflict"],
    },
  },
  "/api/v1/runs/[id]/confirm": {
    POST: {
      ...run,
      summary: "Confirm the very plan that was shown",
      body: runConfirmation,
      answers: { 202: runDto },
      refuses: ["not-found", "conflict", "confirmation-needed", "plan-stale", "plan-expired", "poller-silent"],
    },
  },
  "/api/v1/runs/[id]/settle": {
    POST: {
      ...run,
      summary: "Say how it is with what a run left, which ends its alarm",
      body: runSettlement,
      answers: { 200: runDto },
      refuses: ["not-found", "conflict"],
    },
  },
  "/api/v1/runs/[id]/undo": {
    POST: {
      ...run,
      summary: "Put back what a run did, as a run of its own",
      body: nothing,
      answers: { 202: runDto },
      refuses: ["not-found", "conflict", "poller-silent"],
    },
  },
  "/api/v1/services/[id]/acknowledge": {
    POST: {
      ...ofService,
      summary: "Take the trouble of a service upon oneself",
      body: acknowledgeRequest,
      answers: { 201: made },
      refuses: ["not-found", "conflict"],
    },
  },
  "/api/v1/services/[id]/acknowledge/end": {
    POST: {
      ...ofService,
      summary: "Take an acknowledgement back",
      body: nothing,
      answers: { 200: z.object({ ended: z.number() }) },
    },
  },
  "/api/v1/services/[id]/confirmation": {
    POST: {
      ...ofService,
      summary: "Choose how its trouble is confirmed; null gives the say back to pitwall.yaml",
      body: confirmRequest,
      answers: { 200: confirmAnswer },
    },
  },
  "/api/v1/services/[id]/dependencies/accept": {
    POST: {
      ...ofService,
      summary: "Take the refusal of a found dependency back",
      body: dependencyRequest,
      answers: { 200: dependencyAnswer },
      refuses: ["not-found", "conflict"],
    },
  },
  "/api/v1/services/[id]/dependencies/refuse": {
    POST: {
      ...ofService,
      summary: "Say that a dependency Pitwall found is none",
      body: dependencyRequest,
      answers: { 200: dependencyAnswer },
      refuses: ["not-found", "conflict"],
    },
  },
  "/api/v1/services/[id]/heals/acknowledge": {
    POST: {
      ...ofService,
      needs: "act",
      summary: "Say what was found of a heal rule that stopped itself, and let it go on",
      body: healAcknowledgement,
      answers: { 200: healAcknowledged },
      refuses: ["not-found", "conflict"],
    },
  },
  "/api/v1/services/[id]/poll": {
    POST: {
      needs: ["respond", "request-polls"],
      on: "service",
      limit: "run",
      summary: "Poll one service now",
      body: nothing,
      answers: { 200: polled, 202: polled },
      refuses: ["not-found", "poller-silent"],
    },
  },
  "/api/v1/services/[id]/silence": {
    POST: {
      ...ofService,
      summary: "Tell nobody of its trouble for a time",
      body: silenceRequest,
      answers: { 201: made },
    },
  },
  "/api/v1/services/[id]/silence/end": {
    POST: {
      ...ofService,
      summary: "Take a silence back",
      body: nothing,
      answers: { 200: z.object({ ended: z.number() }) },
    },
  },
  "/api/v1/snapshots": {
    POST: {
      needs: "respond",
      on: "sight",
      limit: "run",
      summary: "Freeze the board one sees behind a link; the link is told once, in the answer",
      body: snapshotRequest,
      answers: { 201: snapshotCreatedDto },
      refuses: ["too-large"],
    },
  },
  "/api/v1/snapshots/[id]/revoke": {
    POST: { ...ofRow, summary: "Take a shared snapshot back", body: nothing, answers: { 200: made } },
  },
} as const satisfies Doors;
