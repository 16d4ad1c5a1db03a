import { z } from "zod";
import type { Doors } from "#lib/access/doors/door.ts";
import {
  boardAsked,
  changesAsked,
  eventsAsked,
  healsAsked,
  runbookAsked,
  runsAsked,
  seriesAsked,
  timelineAsked,
} from "#lib/wire/asked.ts";
import { boardDto, offerDto, runMarkDto } from "#lib/wire/board.ts";
import { changesDto } from "#lib/wire/changes.ts";
import { frameDto } from "#lib/wire/events.ts";
import { explainDto } from "#lib/wire/explain.ts";
import { healsDto } from "#lib/wire/heal.ts";
import { availabilityDto, seriesDto } from "#lib/wire/history.ts";
import { incidentDto, incidentMarkDto } from "#lib/wire/incident.ts";
import { maintenanceDto } from "#lib/wire/planned.ts";
import { runDto } from "#lib/wire/run.ts";
import { runbookDto, runbooksDto } from "#lib/wire/runbook.ts";
import { serviceDto } from "#lib/wire/service.ts";
import { snapshotDto } from "#lib/wire/snapshot.ts";
import { timelineDto } from "#lib/wire/timeline.ts";

const list = { needs: "look", on: "sight", limit: "api" } as const;
const ofService = { needs: "look", on: "service", limit: "api", refuses: ["not-found"] } as const;
const ofRow = { needs: "look", on: "row", limit: "api", refuses: ["not-found"] } as const;

/** What a wall's token opens besides: the live board, nothing else. */
const onWalls = { ...list, needs: ["look", "watch"] } as const;

/** Looking. */
export const watching = {
  "/api/v1/board": {
    GET: {
      ...onWalls,
      summary:
        "All services one may see, with status, findings and age; with `at`, as it was then, which no wall may ask",
      query: boardAsked,
      answers: { 200: boardDto },
    },
  },
  "/api/v1/changes": {
    GET: {
      ...list,
      summary: "What changed in the minutes before a moment",
      query: changesAsked,
      answers: { 200: changesDto },
    },
  },
  "/api/v1/events": {
    GET: {
      ...onWalls,
      summary: "Everything that changes, as server-sent events named `frame`",
      query: eventsAsked,
      headers: z.object({ "last-event-id": z.string().optional() }),
      answers: { 200: frameDto },
      stream: true,
    },
  },
  "/api/v1/heals": {
    GET: {
      ...list,
      summary: "Heal rules with how they stand, and the ledger of what they did and did not do, newest first",
      query: healsAsked,
      answers: { 200: healsDto },
    },
  },
  "/api/v1/incidents": {
    GET: {
      ...list,
      summary: "Incidents, open ones first",
      answers: { 200: z.object({ incidents: z.array(incidentMarkDto) }) },
    },
  },
  "/api/v1/incidents/[id]": {
    GET: { ...ofRow, summary: "One incident: root, symptoms over time, timeline", answers: { 200: incidentDto } },
  },
  "/api/v1/maintenance": {
    GET: {
      ...list,
      summary: "Planned work: what holds, what is to come, what was",
      answers: { 200: z.object({ maintenance: z.array(maintenanceDto) }) },
    },
  },
  "/api/v1/openapi.json": {
    GET: {
      needs: "look",
      on: "none",
      limit: "api",
      summary: "This description, as OpenAPI 3.1",
      answers: { 200: z.record(z.string(), z.unknown()) },
    },
  },
  "/api/v1/runbooks": {
    GET: { ...list, summary: "Which runbooks there are, and for what", answers: { 200: runbooksDto } },
  },
  "/api/v1/runbook-sessions/[id]": {
    GET: {
      ...ofRow,
      summary: "A runbook that is or was followed: where it stands, who did what, on which evidence",
      answers: { 200: runbookDto },
    },
  },
  "/api/v1/runs": {
    GET: {
      ...list,
      summary: "The newest runs",
      query: runsAsked,
      answers: { 200: z.object({ runs: z.array(runMarkDto) }) },
    },
  },
  "/api/v1/runs/[id]": {
    GET: { ...ofRow, summary: "One run: plan, checks, steps, verdict, journal", answers: { 200: runDto } },
  },
  "/api/v1/services/[id]": {
    GET: { ...ofService, summary: "One service with findings, configuration, history", answers: { 200: serviceDto } },
  },
  "/api/v1/services/[id]/actions": {
    GET: {
      ...ofService,
      summary: "What can be done about a service right now, and why something cannot",
      answers: { 200: z.object({ actions: z.array(offerDto) }) },
    },
  },
  "/api/v1/services/[id]/availability": {
    GET: { ...ofService, summary: "How much of the time it worked", answers: { 200: availabilityDto } },
  },
  "/api/v1/services/[id]/explain": {
    GET: {
      ...ofService,
      summary: "Why it has its status, or had it at a moment",
      query: boardAsked,
      answers: { 200: explainDto },
    },
  },
  "/api/v1/services/[id]/runbook": {
    GET: {
      ...ofService,
      summary: "One runbook by the state of the board, or as it would have been at a moment",
      query: runbookAsked,
      answers: { 200: runbookDto },
    },
  },
  "/api/v1/services/[id]/series": {
    GET: { ...ofService, summary: "One metric over time", query: seriesAsked, answers: { 200: seriesDto } },
  },
  "/api/v1/snapshots": {
    GET: {
      ...list,
      summary: "Shared snapshots",
      answers: { 200: z.object({ snapshots: z.array(snapshotDto) }) },
    },
  },
  "/api/v1/timeline": {
    GET: {
      ...list,
      summary: "What was in trouble when, and what happened",
      query: timelineAsked,
      answers: { 200: timelineDto },
    },
  },
} as const satisfies Doors;
