import { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import type { Door, Method } from "#lib/access/doors/door.ts";
import { listDoors } from "#lib/access/doors.ts";
import { roleFor } from "#lib/access/roles.ts";
import { boardDto, boardServiceDto, findingDto, offerDto, runMarkDto, trendDto, verdictDto } from "#lib/wire/board.ts";
import { incidentMarkDto } from "#lib/wire/incident.ts";
import { type ProblemCode, problemCodes, problemDto } from "#lib/wire/problem.ts";
import { runDto } from "#lib/wire/run.ts";
import { timelineEventDto } from "#lib/wire/timeline.ts";

export type OpenApi = ReturnType<typeof createDocument>;

/** The API as OpenAPI 3.1, made of the table of who may: what it says is what the doors parse. */
export function openApi(version: string): OpenApi {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {};
  for (const { path, method, door } of listDoors()) {
    const address = path.replaceAll(/\[(\w+)\]/g, "{$1}");
    paths[address] = { ...paths[address], [method.toLowerCase()]: operationOf(path, method, door) };
  }
  return createDocument({
    openapi: "3.1.1",
    info: {
      title: "Pitwall",
      version,
      description:
        "What the board shows and does. Send a token as `Authorization: Bearer pw_…`. Times are epoch milliseconds. Every refusal is an RFC 9457 problem with a stable `code`.",
    },
    servers: [{ url: "/" }],
    security: [{ token: [] }, { session: [] }],
    paths: paths as ZodOpenApiPathsObject,
    components: {
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description: "Made under Settings → Tokens or by `pitwall token add`",
        },
        session: { type: "apiKey", in: "cookie", name: "pitwall.session_token", description: "A signed-in browser" },
      },
    },
  });
}

const problem = problemDto.meta({ id: "Problem", description: "RFC 9457 problem details" });

/** Shapes that occur in many answers are told once, under a name. */
const named = {
  Board: boardDto,
  Finding: findingDto,
  IncidentMark: incidentMarkDto,
  Offer: offerDto,
  Run: runDto,
  RunMark: runMarkDto,
  Service: boardServiceDto,
  TimelineEvent: timelineEventDto,
  Trend: trendDto,
  Verdict: verdictDto,
} as const;
for (const [id, schema] of Object.entries(named)) z.globalRegistry.add(schema, { id });

/** What any door may answer instead. */
function usualRefusals(door: Door): ProblemCode[] {
  return [
    ...(door.needs === "anyone" ? [] : (["unauthorized", "forbidden"] as const)),
    "invalid-request",
    "too-many-requests",
    "store-unavailable",
    ...(door.body === undefined ? [] : (["too-large", "unsupported-media-type"] as const)),
  ];
}

function operationOf(path: string, method: Method, door: Door): ZodOpenApiOperationObject {
  const type = door.stream === true ? "text/event-stream" : (door.file ?? "application/json");
  const answers = Object.entries(door.answers).map(([status, schema]) => [
    status,
    { description: door.summary, content: { [type]: { schema } } },
  ]);
  const refusals = [...new Set([...usualRefusals(door), ...(door.refuses ?? [])])];
  const byStatus = Map.groupBy(refusals, (code) => problemCodes[code]);
  // Of HTTP itself: a name that is not ours.
  const refused = [...byStatus, [421, ["untrusted-host"]] as const]
    .filter(([status]) => door.answers[status] === undefined)
    .map(([status, codes]) => [
      status,
      { description: codes.join(", "), content: { "application/problem+json": { schema: problem } } },
    ]);
  const params = [...path.matchAll(/\[(\w+)\]/g)].map(([, name = ""]) => [name, z.string().min(1).max(200)]);
  return {
    operationId: `${method.toLowerCase()}${path
      .replace("/api/v1", "")
      .replaceAll(/[[\]]/g, "")
      .replaceAll(/[/-](\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary: door.summary,
    description: `Needs ${needsWords(door)}.`,
    ...(door.needs === "anyone" ? { security: [] } : {}),
    requestParams: {
      ...(params.length === 0 ? {} : { path: z.object(Object.fromEntries(params) as Record<string, z.ZodType>) }),
      ...(door.query === undefined ? {} : { query: door.query }),
      ...(door.headers === undefined ? {} : { header: door.headers }),
    },
    ...(door.body === undefined ? {} : { requestBody: { content: bodiesOf(door, door.body) } }),
    responses: Object.fromEntries([...answers, ...refused]) as ZodOpenApiOperationObject["responses"],
  };
}

/** Where what is required alone makes no body, the schema brings an example. */
function bodiesOf({ form }: Door, schema: z.ZodType) {
  const example: unknown = schema.meta()?.examples?.[0];
  return {
    "application/json": { schema, ...(example === undefined ? {} : { example }) },
    ...(form === true ? { "application/x-www-form-urlencoded": { schema } } : {}),
  };
}

/** `the role viewer`, `a token for request-polls`. */
function needsWords({ needs }: Door): string {
  const all = typeof needs === "string" ? [needs] : needs;
  const words = all.map((permission) => {
    if (permission === "anyone") return "nothing: it is open to anyone";
    const role = roleFor(permission);
    return role === null ? `a token made for it (${permission})` : `the role ${role}`;
  });
  return words.join(", or ");
}
