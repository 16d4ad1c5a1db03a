import { z } from "zod";
import { failure } from "#lib/core/failure.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { Asking } from "#lib/integrations/postgres/remedies/ask.ts";

/** A member of the cluster as Patroni sees it, by its `GET /cluster`. */
export interface PatroniMember {
  readonly name: string;
  /** Node of the service at that address, or of that name; `null` for one that is no node of it. */
  readonly node: string | null;
  readonly leads: boolean;
  /** `running`, `streaming`, `stopping`, `stopped`, … */
  readonly state: string;
  readonly timeline: number | null;
  readonly lagBytes: number | null;
  readonly noFailover: boolean;
}

export interface PatroniCluster {
  readonly members: readonly PatroniMember[];
  readonly leader: PatroniMember | null;
  readonly paused: boolean;
  /** When something is to be done by itself later. */
  readonly scheduledFor: string | null;
}

/** Patroni answers a switchover when it is over, and gives up waiting after twice its loop, 20 s at least (api.py). */
const answerMs = 60_000;
const maxBytes = 200_000;

const clusterDto = z.object({
  members: z
    .array(
      z.object({
        name: z.string(),
        role: z.string(),
        state: z.string(),
        host: z.string().optional(),
        port: z.coerce.number().optional(),
        timeline: z.number().optional(),
        lag: z.union([z.number(), z.string()]).optional(),
        tags: z.record(z.string(), z.unknown()).optional(),
      }),
    )
    .max(100),
  pause: z.boolean().optional(),
  scheduled_switchover: z.object({ at: z.string().optional() }).optional(),
});

/** Asks the nodes in turn until one answers: all of them know the same. */
export async function readPatroni(context: Asking): Promise<Result<PatroniCluster>> {
  let last: Result<never> = err(failure("no-such-object", "the configuration has no `patroni`"));
  for (const node of context.config.nodes) {
    const answer = await request(context, node, "GET", "/cluster", undefined, 3_000);
    if (!answer.ok) {
      last = answer;
      continue;
    }
    const cluster = parseCluster(answer.value.text, context.config);
    if (cluster.ok) return cluster;
    last = cluster;
  }
  return last;
}

/** Pure; exported for the recordings. */
export function parseCluster(text: string, { nodes }: Pick<PostgresConfig, "nodes">): Result<PatroniCluster> {
  const parsed = clusterDto.safeParse(jsonOf(text));
  if (!parsed.success) return err(failure("malformed", "Patroni's /cluster does not say what it should"));
  const members = parsed.data.members.map((each): PatroniMember => {
    const at = nodes.find((node) => node.address === each.host && node.port === each.port);
    return {
      name: foreignLine(each.name, 100),
      node: (at ?? nodes.find((node) => node.name === each.name))?.name ?? null,
      leads: each.role === "leader" || each.role === "master" || each.role === "primary",
      state: foreignLine(each.state, 40),
      timeline: each.timeline ?? null,
      lagBytes: typeof each.lag === "number" && Number.isFinite(each.lag) ? Math.max(0, each.lag) : null,
      noFailover: each.tags?.nofailover === true,
    };
  });
  const planned = parsed.data.scheduled_switchover;
  return ok({
    members,
    leader: members.find((each) => each.leads) ?? null,
    paused: parsed.data.pause === true,
    scheduledFor: planned === undefined ? null : foreignLine(planned.at ?? "an unknown time", 60),
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export interface PatroniAnswer {
  readonly status: number;
  readonly text: string;
}

/** Asks for the move at one node's door. Any status is an answer. */
export async function postPatroni(
  context: Asking,
  node: PostgresNodeConfig,
  what: "switchover" | "failover",
  body: Readonly<Record<string, string>>,
): Promise<Result<PatroniAnswer>> {
  return await request(context, node, "POST", `/${what}`, JSON.stringify(body), answerMs);
}

async function request(
  context: Asking,
  node: PostgresNodeConfig,
  method: string,
  path: string,
  body: string | undefined,
  timeoutMs: number,
): Promise<Result<PatroniAnswer>> {
  const { patroni } = context.config;
  if (patroni === undefined) return err(failure("no-such-object", "the configuration has no `patroni`"));
  const password = patroni.password === undefined ? undefined : context.secret(patroni.password);
  if (password !== undefined && !password.ok) return password;
  const login = `${patroni.user ?? ""}:${password?.value ?? ""}`;
  const host = node.address.includes(":") ? `[${node.address}]` : node.address;
  const answer = await context.transports.http.request({
    url: `${patroni.tls ? "https" : "http"}://${host}:${patroni.port}${path}`,
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(patroni.user === undefined || method === "GET"
        ? {}
        : { authorization: `Basic ${Buffer.from(login).toString("base64")}` }),
    },
    ...(body === undefined ? {} : { body }),
    redirects: 0,
    timeoutMs,
    signal: context.signal,
    maxBytes,
  });
  if (!answer.ok) return answer;
  return ok({ status: answer.value.status, text: answer.value.body.toString("utf8").trim() });
}

/**
 * What an answer to the request for a move means. `over`: it says that the move is done. `elsewhere`: another node leads now.
 * `refused`: it never began. `failed`: it began and was given up. `unknown`: it may still go on.
 * Source: Patroni, api.py, do_POST_failover and poll_failover_result; recorded on 3.0.2.
 */
export type PatroniWord = "over" | "elsewhere" | "refused" | "failed" | "unknown";

export function wordOf({ status, text }: PatroniAnswer): PatroniWord {
  if (status === 200) return / instead of /.test(text) ? "elsewhere" : "over";
  if (status >= 400 && status < 500) return "refused";
  if (status === 503 && / failed$/.test(text)) return "failed";
  if (status === 503 && /^failed to write /.test(text)) return "refused";
  return "unknown";
}
