import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { RequestGroup } from "#lib/integrations/passenger/detail.ts";
import { line, property } from "#lib/integrations/passenger/value.ts";

export interface RequestsReading {
  readonly groups: readonly RequestGroup[];
  readonly inFlight: number;
}

export const maxGroups = 20;

/**
 * `passenger-status --no-header --show=requests`, merged over all threads and grouped by path, most first. Ages are
 * relative to the host's own clock, as Passenger tells them. Failure: malformed.
 */
export function parseRequests(json: string): Result<RequestsReading> {
  const threads = parseJson(json);
  if (typeof threads !== "object" || threads === null || Array.isArray(threads)) {
    return err(failure("malformed", "passenger-status sent no list of requests"));
  }
  const byPath = new Map<string, RequestGroup>();
  let inFlight = 0;
  for (const request of Object.entries(threads).flatMap(([name, thread]) =>
    /^thread\d+$/.test(name) ? requestsOf(thread) : [],
  )) {
    inFlight += 1;
    byPath.set(request.path, merged(byPath.get(request.path), request));
  }
  const groups = [...byPath.values()].sort((a, b) => b.count - a.count || (b.oldestAgeS ?? 0) - (a.oldestAgeS ?? 0));
  return ok({ groups: keepOldest(groups), inFlight });
}

/** The largest groups, and whatever the cut the one with the oldest request: it is the one to look at. */
function keepOldest(groups: readonly RequestGroup[]): RequestGroup[] {
  const kept = groups.slice(0, maxGroups);
  const oldest = oldestOf(groups);
  if (oldest === undefined || kept.includes(oldest)) return kept;
  return [...kept.slice(0, maxGroups - 1), oldest];
}

export function oldestOf(groups: readonly RequestGroup[]): RequestGroup | undefined {
  let oldest: RequestGroup | undefined;
  for (const group of groups) {
    if (group.oldestAgeS !== null && group.oldestAgeS > (oldest?.oldestAgeS ?? -1)) oldest = group;
  }
  return oldest;
}

interface InFlight {
  readonly path: string;
  readonly method: string | null;
  readonly state: string | null;
  readonly ageS: number | null;
}

function parseJson(json: string): unknown {
  // Nesting without end costs the parser more than it is worth: what is asked for is an object.
  if (!/^\s*\{/.test(json)) return undefined;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function requestsOf(thread: unknown): InFlight[] {
  const clients = property(thread, "active_clients");
  if (typeof clients !== "object" || clients === null) return [];
  return Object.values(clients).flatMap((client) => {
    const request = property(client, "current_request");
    if (typeof request !== "object" || request === null) return [];
    return [
      {
        path: groupingPath(property(request, "path")),
        method: line(property(request, "method"), 20),
        state: line(property(request, "state"), 60),
        ageS: ageOf(property(request, "started_at")),
      },
    ];
  });
}

/** `relative_timestamp` is seconds against the host's clock, negative for the past. */
function ageOf(startedAt: unknown): number | null {
  const relative = property(startedAt, "relative_timestamp");
  return typeof relative === "number" && Number.isFinite(relative) ? Math.max(0, -relative) : null;
}

function merged(group: RequestGroup | undefined, request: InFlight): RequestGroup {
  const queued = request.state === "CHECKING_OUT_SESSION" ? 1 : 0;
  const inApp = request.state === "WAITING_FOR_APP_OUTPUT" || request.state === "FORWARDING_BODY_TO_APP" ? 1 : 0;
  const methods = new Set(group?.methods);
  if (request.method !== null && methods.size < 10) methods.add(request.method);
  const ages = [group?.oldestAgeS ?? null, request.ageS].filter((each) => each !== null);
  return {
    path: request.path,
    count: (group?.count ?? 0) + 1,
    queued: (group?.queued ?? 0) + queued,
    inApp: (group?.inApp ?? 0) + inApp,
    oldestAgeS: ages.length === 0 ? null : Math.max(...ages),
    methods: [...methods],
  };
}

const idSegment =
  /^(\d+|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{12,64}|[0-9A-HJKMNP-TV-Z]{26})$/i;

/** The query string is dropped, since it may hold secrets and splits what belongs together; ids become `:id`. */
export function groupingPath(path: unknown): string {
  const plain = line(typeof path === "string" ? path.split(/[?#;]/, 1)[0] : undefined, 500);
  if (plain === null) return "(unknown)";
  const named = plain
    .split("/")
    .map((segment) => (idSegment.test(segment) ? ":id" : segment))
    .join("/");
  return named.length <= 120 ? named : `${named.slice(0, 119)}…`;
}
