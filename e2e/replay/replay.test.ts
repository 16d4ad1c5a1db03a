import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { findDependencies } from "#lib/core/dependencies.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import { type Status, worst } from "#lib/core/status.ts";
import type { VerdictInput } from "#lib/core/subject.ts";
import { type VerdictOutput, verdictOf } from "#lib/core/verdict.ts";
import { actions as balancerActions } from "#lib/integrations/haproxy/actions.ts";
import { haproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { manifest as haproxy } from "#lib/integrations/haproxy/manifest.ts";
import { observe } from "#lib/integrations/haproxy/observe.ts";
import { parseStatCsv } from "#lib/integrations/haproxy/parse.ts";
import type { Action, ActionPlan } from "#lib/integrations/integration.ts";
import { actions as passengerActions } from "#lib/integrations/passenger/actions.ts";
import { passengerConfig } from "#lib/integrations/passenger/config.ts";
import { manifest as passenger } from "#lib/integrations/passenger/manifest.ts";
import { detailOf, parseNode } from "#lib/integrations/passenger/parse.ts";
import { describePlan } from "#lib/remediation/plan.ts";

/** What the board would have said at each recorded moment: real bytes through the real parsers, rules and root cause. */
interface Moment {
  readonly at: string;
  readonly verdict: VerdictOutput;
  readonly statuses: Readonly<Record<string, Status>>;
}

const begin = Date.UTC(2026, 10, 20, 16);
const apps = ["app1", "app2", "app3"];
const lbConfig = haproxyConfig.parse({
  processes: [{ name: "lb-1", socket: "/run/haproxy.sock" }],
  ignore: ["stats", "prom"],
});
const webConfig = passengerConfig.parse({ nodes: apps.map((name) => ({ name, host: name })) });

function read(folder: string, file: string): string {
  return readFileSync(path.join(import.meta.dirname, folder, file), "utf8");
}

function balancerAt(folder: string, file: string, before: HaproxyDetail | undefined, at: number): HaproxyDetail {
  const rows = parseStatCsv(read(folder, file));
  assert.ok(rows.ok);
  return observe(lbConfig, [ok({ rows: rows.value, info: null, level: null, states: null })], before, at);
}

/** A service as the board has it after one more poll. */
function told(
  id: string,
  name: string,
  nodes: readonly string[],
  findings: VerdictInput["findings"],
  before: VerdictInput | undefined,
  at: number,
): VerdictInput {
  const raised = findings.flatMap(({ severity }): Status[] => (severity === "info" ? [] : [severity]));
  const status = worst(["ok", ...raised]);
  const since = before?.status === status ? before.since : at;
  const series = Object.fromEntries(nodes.map((node) => [`n|${node}|`, []]));
  const past = { at: [...(before?.trend.at ?? []), at], status: [...(before?.trend.status ?? []), status] };
  const dependsOn: string[] = [];
  return {
    id,
    name,
    status,
    since,
    checkedAt: at,
    intervalMs: 1_000,
    dependsOn,
    findings,
    trend: { series, ...past },
    actions: [],
  };
}

/** The overload as both kinds read it, moment by moment. */
function overloadDetails() {
  const folder = "incident-overload";
  let before: HaproxyDetail | undefined;
  return readdirSync(path.join(import.meta.dirname, folder))
    .filter((file) => file.endsWith(".haproxy.csv"))
    .sort()
    .map((file, step) => {
      const [at, moment] = [begin + step * 1_000, file.slice(0, 3)];
      const balancer = balancerAt(folder, file, before, at);
      before = balancer;
      const unread: Result<string> = err(failure("malformed", "not recorded"));
      const pools = detailOf(
        webConfig.nodes.map((node) => {
          const xml = ok(read(folder, `${moment}.${node.name}.passenger.xml`));
          return parseNode(webConfig, node, { xml, json: unread }, at);
        }),
      );
      return { at, moment, balancer, pools };
    });
}

function replayOverload(): Moment[] {
  let [lb, web]: [VerdictInput?, VerdictInput?] = [];
  return overloadDetails().map(({ at, moment, balancer, pools }): Moment => {
    const found = findDependencies(
      [
        {
          id: "lb",
          name: "Load balancer",
          endpoints: haproxy.endpoints?.(lbConfig, balancer) ?? { provides: [], uses: [] },
        },
        { id: "web", name: "Web", endpoints: passenger.endpoints?.(webConfig, pools) ?? { provides: [], uses: [] } },
      ],
      {},
    );
    lb = { ...told("lb", "Load balancer", apps, judge(balancer, haproxy.rules), lb, at), found: found.get("lb") };
    web = told("web", "Web", apps, judge(pools, passenger.rules), web, at);
    return { at: moment, verdict: verdictOf([lb, web], at), statuses: { lb: lb.status, web: web.status } };
  });
}

/** Of everything that is offered, with whatever can be chosen: what a confirmation would have to agree with. */
function plansOf<Config, Detail>(
  actions: readonly Action<Config, Detail>[],
  config: Config,
  detail: Detail,
): { readonly of: string; readonly hash: string }[] {
  return actions.flatMap((action) => {
    const choices = action
      .offer(config, detail)
      .params.reduce<Readonly<Record<string, string>>[]>(
        (sofar, { name, options }) => sofar.flatMap((some) => options.map(({ value }) => ({ ...some, [name]: value }))),
        [{}],
      );
    return choices.flatMap((params) => {
      const plan = action.plan(config, params, detail);
      if (!plan.ok) return [];
      const subject = { serviceId: "it", action: action.id, params };
      return [
        {
          of: `${action.id} ${JSON.stringify(params)}`,
          hash: describePlan(subject, plan.value as ActionPlan, begin).hash,
        },
      ];
    });
  });
}

test("what somebody confirms in the middle of an overload is the plan that was shown, however queues and servers come and go", () => {
  const plans = overloadDetails().flatMap(({ balancer, pools }) => [
    ...plansOf(balancerActions, lbConfig, balancer),
    ...plansOf(passengerActions, webConfig, pools),
  ]);
  const shown = Map.groupBy(plans, ({ of }) => of);
  for (const id of ["server-drain", "server-maint", "server-weight", "backend-hold", "restart-app"]) {
    assert.ok(
      [...shown.keys()].some((of) => of.startsWith(`${id} {`)),
      `${id} is offered: ${[...shown.keys()]}`,
    );
  }
  for (const [of, each] of shown) assert.equal(new Set(each.map(({ hash }) => hash)).size, 1, of);
});

test("overload where health checks wait in the same queue is told as overload in Passenger, not as dead web servers", () => {
  const moments = replayOverload();
  // In the first two moments the queues are still below their limit, in the last they have drained before the checks passed.
  const queued = moments.slice(2, -1);
  assert.deepEqual(new Set(queued.map(({ statuses }) => statuses.web)), new Set(["warning"]));
  assert.ok(
    queued.filter(({ statuses }) => statuses.lb === "critical").length >= 10,
    "most of it without enough servers",
  );
  for (const { at, verdict } of queued) {
    assert.deepEqual(
      verdict.chain.map(({ serviceId }) => serviceId),
      ["web", "lb"],
      `${at}: ${verdict.sentence}`,
    );
    assert.match(verdict.sentence, /^Web has all process slots taken and \d+ requests waiting on .*because of that/);
  }
  assert.equal(
    moments[8]?.verdict.sentence,
    "Web has all process slots taken and 7 requests waiting on 3 of 3 nodes, and because of that Load balancer has 0 of 3 be_app servers in rotation",
  );
});

test("a primary that is lost is seen at the balancer's pool, and a replica that carries on is no outage", () => {
  const folder = "incident-primary-lost";
  let [lb, detail]: [VerdictInput?, HaproxyDetail?] = [];
  const said = readdirSync(path.join(import.meta.dirname, folder))
    .sort()
    .map((file, step) => {
      const at = begin + step * 4_000;
      detail = balancerAt(folder, file, detail, at);
      lb = told("lb", "Load balancer", ["pg1", "pg2"], judge(detail, haproxy.rules), lb, at);
      const since = step === 0 ? begin : begin + 2_000;
      const lost = {
        rule: "node-down",
        severity: "critical",
        node: "pg1",
        message: "pg1: the primary is down",
        clause: "is down",
        selfMade: true,
      } as const;
      const isLost = step === 1;
      const pg = {
        ...told("pg", "PostgreSQL", ["pg1", "pg2"], isLost ? [lost] : [], undefined, at),
        since,
        checkedAt: at + 1_000,
      };
      const found = [
        { id: "pg", evidence: ["pg1 is 127.0.0.1:27432"], nodes: ["pg1", "pg2"], subjects: ["pg_primary"] },
      ];
      return verdictOf([{ ...lb, found }, pg], at).sentence;
    });
  assert.deepEqual(said.slice(0, 2), [
    "All is well",
    "PostgreSQL is down on pg1, and because of that Load balancer runs pg_primary on backup servers",
  ]);
});
