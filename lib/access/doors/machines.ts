import { z } from "zod";
import type { Doors } from "#lib/access/doors/door.ts";
import { pollerDto } from "#lib/wire/board.ts";
import { heartbeatDto, heartbeatRequest } from "#lib/wire/heartbeat.ts";
import { markerDto, markerRequest } from "#lib/wire/marker.ts";

const readyDto = z.object({
  ready: z.boolean(),
  storeOk: z.boolean(),
  pollerOk: z.boolean(),
  pollerAgeMs: z.number().nullable(),
  storeTrouble: z.object({ kind: z.string(), what: z.string() }).nullable(),
  /** For whoever may see everything. */
  services: z.number().optional(),
  notices: pollerDto.shape.notices.optional(),
});

/** What machines ask and tell: probes and pipelines. */
export const machines = {
  "/api/v1/events": {
    POST: {
      needs: "send-events",
      on: "body",
      limit: "api",
      summary: "Put a marker on the timeline: a deploy, a change of configuration, a note",
      body: markerRequest,
      answers: { 200: markerDto, 201: markerDto },
      refuses: ["idempotency-key-reused"],
    },
  },
  "/api/v1/heartbeats/[id]": {
    POST: {
      needs: "send-heartbeats",
      on: "service",
      limit: "api",
      summary: "A job says of itself that a run begins or how it ended",
      body: heartbeatRequest,
      form: true,
      answers: { 200: heartbeatDto },
      refuses: ["not-found", "conflict"],
    },
  },
  "/api/v1/health/live": {
    GET: {
      needs: "anyone",
      on: "none",
      limit: "api",
      summary: "This process answers",
      answers: { 200: z.object({ live: z.literal(true) }) },
    },
  },
  "/api/v1/health/ready": {
    GET: {
      needs: "anyone",
      on: "none",
      limit: "api",
      summary: "Whether what Pitwall shows is current: store readable, poller alive; 503 when not",
      answers: { 200: readyDto, 503: readyDto },
    },
  },
} as const satisfies Doors;
