import { z } from "zod";
import { severities, statuses } from "#lib/core/status.ts";
import { automationOffDto } from "#lib/wire/automation.ts";
import { incidentMarkDto } from "#lib/wire/incident.ts";
import { paramFieldDto } from "#lib/wire/param.ts";
import { maintenanceMarkDto, muteMarkDto } from "#lib/wire/planned.ts";
import { sessionMarkDto } from "#lib/wire/runbook-mark.ts";

/** Client-safe shapes of the API. Times are epoch milliseconds. */
export const findingDto = z.object({
  rule: z.string(),
  severity: z.enum(severities),
  node: z.string().exactOptional(),
  subject: z.string().exactOptional(),
  message: z.string(),
  clause: z.string().exactOptional(),
  value: z.number().exactOptional(),
  limit: z.number().exactOptional(),
  action: z.object({ id: z.string(), params: z.record(z.string(), z.string()) }).exactOptional(),
  pointsAt: z.string().exactOptional(),
  /** It starts here, whatever this service depends on. */
  selfMade: z.literal(true).exactOptional(),
  /** It hurts nothing that depends on the service; `node`: only what uses that very node. */
  contained: z.union([z.literal(true), z.literal("node")]).exactOptional(),
});

/** Parallel arrays: `at[i]` belongs to `series["metric|node|subject"][i]`; `null` is "not measured". */
export const trendDto = z.object({
  at: z.array(z.number()),
  status: z.array(z.enum(statuses)),
  series: z.record(z.string(), z.array(z.number().nullable())),
});

export const offerDto = z.object({
  id: z.string(),
  title: z.string(),
  about: z.string(),
  risk: z.enum(["none", "low", "medium", "high", "critical"]),
  params: z.array(paramFieldDto),
  blocked: z.string().nullable(),
  /** How often it helped, of how many times that it was run: against what is open now, or at all. */
  record: z.object({ helped: z.number(), of: z.number(), sameSymptom: z.boolean() }).exactOptional(),
  /** When it was last tried out on purpose. */
  drill: z.object({ at: z.number(), passed: z.boolean() }).exactOptional(),
});

/** A run in a few words, for the board. The whole of it is `runDto`. */
export const runMarkDto = z.object({
  id: z.string(),
  serviceId: z.string(),
  action: z.string(),
  title: z.string(),
  state: z.string(),
  verdict: z.string().nullable(),
  node: z.string().nullable(),
  /** What the node is a member of, where it may be one of several things: the backend of a server. */
  subject: z.string().exactOptional(),
  requestedAt: z.number(),
  finishedAt: z.number().nullable(),
  actor: z.string(),
  /** A heal rule started it: its service heals itself. */
  byRule: z.boolean().exactOptional(),
});

export const foundDependencyDto = z.object({
  id: z.string(),
  evidence: z.array(z.string()),
  nodes: z.array(z.string()).exactOptional(),
  subjects: z.array(z.string()).exactOptional(),
  same: z.array(z.tuple([z.string(), z.string()])).exactOptional(),
  refused: z.enum(["config", "person"]).exactOptional(),
});

export const boardServiceDto = z.object({
  id: z.string(),
  kind: z.string(),
  name: z.string(),
  group: z.string().nullable(),
  dependsOn: z.array(z.string()),
  /** Dependencies that nobody declared: Pitwall found them in what the services say. */
  found: z.array(foundDependencyDto).exactOptional(),
  /** What the last poll said; a reader must weigh it by `checkedAt`: see `statusAt` in core. */
  status: z.enum(statuses),
  /** `hard` when `status` is confirmed; `soft` while it is not. */
  state: z.enum(["soft", "hard"]).exactOptional(),
  /** `n` of `of` polls in favour of `status`; `n` is 0 where it does not count. */
  attempt: z.object({ n: z.number(), of: z.number() }).exactOptional(),
  flapping: z.boolean().exactOptional(),
  /** Since when it has this status; `null` before the first poll. */
  since: z.number().nullable(),
  checkedAt: z.number().nullable(),
  intervalMs: z.number(),
  summary: z.string(),
  findings: z.array(findingDto),
  /** Why the last poll brought nothing back. */
  failure: z.object({ kind: z.string(), what: z.string(), said: z.string().optional(), advice: z.string() }).nullable(),
  detail: z.unknown(),
  /** When `detail` was seen: older than `checkedAt` while polls fail. Absent before the first good sample. */
  detailAt: z.number().nullable().exactOptional(),
  trend: trendDto,
  actions: z.array(offerDto),
  activeRun: runMarkDto.nullable(),
  /** Planned work that holds, on the whole service or on nodes of it. */
  maintenance: z.array(maintenanceMarkDto).exactOptional(),
  /** Who took its trouble, until when. */
  acknowledgement: muteMarkDto.nullable().exactOptional(),
  /** Why nobody is told of its trouble, until when. */
  silence: muteMarkDto.nullable().exactOptional(),
  /** Rises with each change of this service; for SSE resumption. */
  seq: z.number(),
});

/** What is wrong and why, in one sentence, then as a chain from root cause to symptom. */
export const verdictDto = z.object({
  status: z.enum(statuses),
  sentence: z.string(),
  chain: z.array(
    z.object({
      serviceId: z.string(),
      name: z.string(),
      status: z.enum(statuses),
      words: z.string(),
      root: z.boolean(),
    }),
  ),
  /** Other roots that are not part of the first chain. */
  others: z.array(z.object({ serviceId: z.string(), name: z.string(), status: z.enum(statuses), words: z.string() })),
  actions: z.array(
    z.object({ serviceId: z.string(), id: z.string(), title: z.string(), params: z.record(z.string(), z.string()) }),
  ),
  healthy: z.number(),
  /** Services in maintenance as a whole: their trouble does not count. */
  planned: z.number().exactOptional(),
  total: z.number(),
});

export const pollerDto = z.object({
  /** Last sign of life of the poller; `null` when it never ran on this store. */
  beatAt: z.number().nullable(),
  startedAt: z.number().nullable(),
  /** What the poller could not do about its own affairs: configuration not applied, history not kept. */
  notices: z.array(z.object({ kind: z.string(), message: z.string(), since: z.number() })),
});

export const boardDto = z.object({
  at: z.number(),
  seq: z.number(),
  poller: pollerDto,
  verdict: verdictDto,
  services: z.array(boardServiceDto),
  /** Open incidents, oldest first. */
  incidents: z.array(incidentMarkDto).exactOptional(),
  /** What somebody keeps rules from starting; everything first. */
  automation: z.array(automationOffDto).exactOptional(),
  /** Runbooks that somebody follows, oldest first. */
  following: z.array(sessionMarkDto).exactOptional(),
});

export type FindingDto = z.infer<typeof findingDto>;
export type Trend = z.infer<typeof trendDto>;
export type OfferDto = z.infer<typeof offerDto>;
export type RunMark = z.infer<typeof runMarkDto>;
export type BoardService = z.infer<typeof boardServiceDto>;
export type Verdict = z.infer<typeof verdictDto>;
export type PollerDto = z.infer<typeof pollerDto>;
export type Board = z.infer<typeof boardDto>;
