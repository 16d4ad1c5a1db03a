import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { configJsonSchema } from "#lib/config/json-schema.ts";
import { parseConfig } from "#lib/config/parse-config.ts";
import { formatProblem } from "#lib/config/problem.ts";
import { ok } from "#lib/core/result.ts";
import { registry } from "#lib/integrations/registry.ts";

const parse = (heal: string, more = "", root = "") =>
  parseConfig(
    `${root}services:
  - id: learn-web
    kind: passenger
    nodes: [{ name: web-01, host: local }, { name: web-02, host: local }]
${more}    heal:
${heal}`,
    "pitwall.yaml",
    registry,
    () => ok("secret"),
  );

function problemsOf(...asked: Parameters<typeof parse>): string[] {
  const config = parse(...asked);
  return config.ok ? assert.fail("it was accepted") : config.error.map(formatProblem);
}

const usual = "      - { when: not-running, action: restart-web-server }\n";

describe("a heal rule of pitwall.yaml", () => {
  it("has its bounds by default", () => {
    const config = parse(usual);
    assert.ok(config.ok, config.ok ? "" : config.error.map(formatProblem).join("\n"));
    assert.deepEqual(config.value.services[0]?.heal, [
      {
        when: "not-running",
        severity: "warning",
        nodes: null,
        action: "restart-web-server",
        params: {},
        afterMs: 60_000,
        budget: { hour: 2, day: 5 },
        minHealthy: null,
        warmUpMs: 120_000,
        evenIfCaused: false,
        mode: "act",
      },
    ]);
    assert.equal(config.value.heal.massFailure, 50);
  });

  it("says otherwise where the team wants it", () => {
    const config = parse(
      "      - { when: queue, severity: critical, action: restart-app, nodes: [web-01], params: { app: /srv/learn }, after: 5min, budget: { hour: 1 }, minHealthy: 50%, mode: observe }\n",
      "",
      "heal: { massFailure: 30% }\n",
    );
    assert.ok(config.ok);
    const [rule] = config.value.services[0]?.heal ?? [];
    assert.deepEqual(
      [rule?.afterMs, rule?.budget, rule?.minHealthy, rule?.mode],
      [300_000, { hour: 1, day: 5 }, 50, "observe"],
    );
    assert.equal(config.value.heal.massFailure, 30);
  });

  const wrong: readonly [string, string, RegExp][] = [
    [
      "a rule that its kind has not, with what was meant",
      "when: not-runing, action: restart-app",
      /:6:17: .*no rule of Phusion Passenger is called `not-runing` — did you mean `not-running`\?/,
    ],
    [
      "an action that its kind has not, with what was meant",
      "when: queue, action: restart-ap",
      /no action that a rule may start is called `restart-ap` — did you mean `restart-app`\?\. Possible: /,
    ],
    [
      "an action that no rule may start, with the reason",
      "when: queue, action: rolling-restart",
      /no rule may start `rolling-restart`: it goes through every host, so a person watches its canary\. Possible: restart-app/,
    ],
    [
      "a node that its service has not, with what was meant",
      "when: queue, action: restart-app, nodes: [web-01, web-20]",
      /:6:\d+: .*this service has no node named `web-20` — did you mean `web-0[12]`\?/,
    ],
    [
      "a rule that only makes notes",
      "when: requests-unread, action: restart-app",
      /the rule `requests-unread` only makes notes/,
    ],
    [
      "a share that is none",
      "when: queue, action: restart-app, minHealthy: 51",
      /`minHealthy`: expected text, found the number 51/,
    ],
    [
      "a budget that could not be reached",
      "when: queue, action: restart-app, budget: { hour: 6 }",
      /expected `hour` to be at most `day`/,
    ],
    ["an unknown key", "when: queue, action: restart-app, atfer: 60s", /`atfer`.*did you mean `after`\?/],
  ];
  for (const [what, rule, told] of wrong) {
    it(`is refused for ${what}`, () => {
      const problems = problemsOf(`      - { ${rule} }\n`);
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0] ?? "", told);
    });
  }

  it("is refused for a rule that is switched off, and for the same finding twice", () => {
    assert.match(problemsOf(usual, "    rules: { not-running: off }\n").join(), /is switched off here/);
    assert.match(problemsOf(usual + usual).join(), /two heal rules wait for `not-running`: keep one/);
  });

  it("may name a server of a balancer, which no configuration knows", () => {
    const text = `services:
  - id: lb
    kind: haproxy
    processes: [{ name: lb-1, stats: http://127.0.0.1:8404/stats }]
    heal: [{ when: server-down, action: server-drain, nodes: [web-09] }]
`;
    const config = parseConfig(text, "pitwall.yaml", registry, () => ok("secret"));
    assert.ok(config.ok, config.ok ? "" : config.error.map(formatProblem).join("\n"));
  });

  it("is refused where the kind has nothing that a rule may start", () => {
    const text = `services:
  - id: site
    kind: http
    url: http://x.test/
    heal: [{ when: down, action: restart }]
`;
    const config = parseConfig(text, "pitwall.yaml", registry, () => ok("secret"));
    assert.ok(!config.ok);
    assert.match(
      config.error.map(formatProblem).join("\n"),
      /no action that a rule may start is called `restart`\. There is none that one may/,
    );
  });

  it("may start what the team declared, where that says so and cannot hurt", () => {
    const declared = (more: string) =>
      `    actions: [{ id: flush, title: Flush, at: local, run: [/bin/true], verify: green, ${more} }]\n`;
    const own = "      - { when: queue, action: own-flush }\n";
    assert.ok(parse(own, declared("heal: true")).ok);
    assert.match(problemsOf(own, declared("risk: low")).join(), /its declaration does not say `heal: true`/);
    assert.match(
      problemsOf(own, declared("heal: true, risk: high")).join(),
      /its risk is high, and that takes a person/,
    );
  });

  it("may restart a unit, where one says so", () => {
    const units = (heal: boolean) => `    units: [{ host: local, unit: apache2.service, heal: ${heal} }]\n`;
    const own = "      - { when: not-running, action: restart-unit, params: { unit: apache2 } }\n";
    assert.ok(parse(own, units(true)).ok);
    assert.match(problemsOf(own, units(false)).join(), /none of its units says `heal: true`/);
  });

  it("is offered to editors with the kind's own rules and actions", () => {
    const schema = configJsonSchema(registry) as never as {
      properties: {
        services: {
          items: {
            oneOf: {
              title: string;
              properties: { heal: { items: { properties: Record<string, { enum: string[]; examples: string[] }> } } };
            }[];
          };
        };
      };
    };
    const passenger = schema.properties.services.items.oneOf.find(({ title }) => title === "Phusion Passenger");
    const { when, action } = passenger?.properties.heal.items.properties ?? {};
    assert.ok(when?.enum.includes("not-running"));
    assert.deepEqual(action?.examples, ["restart-app", "drained-restart", "restart-web-server"]);
  });
});
