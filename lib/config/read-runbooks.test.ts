import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { linkedSchema, schemasAt } from "#lib/config/json-schema.ts";
import { actionIds } from "#lib/config/known-actions.ts";
import { parseConfig } from "#lib/config/parse-config.ts";
import { formatProblem } from "#lib/config/problem.ts";
import { ok } from "#lib/core/result.ts";
import { registry } from "#lib/integrations/registry.ts";
import { runbookSchema } from "#lib/integrations/runbook-schema.ts";

const services = `
services:
  - id: shop-db
    kind: postgres
    nodes: [{ name: pg-a, address: 10.0.0.5 }]
    user: pitwall
  - { id: shop-health, kind: http, url: "https://shop.example.com/", nodes: [{ name: web-01, address: "10.0.0.21:80" }] }
`;

function read(text: string) {
  return parseConfig(`${text}${services}`, "/pitwall.yaml", registry, () => ok(""), actionIds);
}

const whole = `runbooks:
  - id: shop-slow
    title: The shop is slow
    symptom: Checkout takes seconds.
    services: [shop-db]
    when: [longest-query, connections]
    steps:
      - check: Is the site itself down?
        if: { any: [{ finding: down, on: dependents }, { status: critical, on: { service: shop-health } }] }
        yes:
          - { manual: Call the host, command: "host shop.example.com" }
        unknown:
          - manual: Open it in a browser
      - check: Does a query hang?
        if: { all: [{ finding: longest-query, atLeast: warning }, { not: { metric: connections, above: 90 } }] }
        yes:
          - { action: cancel-query, for: [longest-query], say: Its session stays. }
          - { check: Is it over?, if: { not: { finding: longest-query } }, until: true }
      - choose: What else?
        options:
          - { option: A slot, if: { offered: drop-slot }, steps: [{ action: drop-slot }] }
          - { option: Something else, steps: [{ manual: Ask somebody }] }
      - record: Write it down
`;

/** What is wrong, in which line, and what is said of it. */
const mistakes: readonly (readonly [string, string, string, RegExp])[] = [
  [
    "a rule",
    "when: [longest-query, connections]",
    "when: [longest-qeury, connections]",
    /:6:\d+: .*no such rule: `longest-qeury` — did you mean `longest-query`\?/,
  ],
  [
    "a rule of a condition",
    "finding: longest-query, atLeast",
    "finding: longest-qery, atLeast",
    /:15:\d+: .*no such rule: `longest-qery` — did you mean `longest-query`\?/,
  ],
  [
    "an action",
    "action: cancel-query",
    "action: cancel-qurey",
    /:17:\d+: .*no such action: `cancel-qurey` — did you mean `cancel-query`\?/,
  ],
  [
    "a service",
    "services: [shop-db]",
    "services: [shop-dbb]",
    /:5:\d+: .*no service has the id `shop-dbb` — did you mean `shop-db`\?/,
  ],
  [
    "a service of a condition",
    "service: shop-health",
    "service: shop-heath",
    /no service has the id `shop-heath` — did you mean `shop-health`\?/,
  ],
  [
    "a metric",
    "metric: connections",
    "metric: conections",
    /no such metric: `conections` — did you mean `connections`\?/,
  ],
  [
    "a step",
    "- manual: Open it",
    "- manaul: Open it",
    /a step is one of check, choose, action, manual, record — did you mean `manual`\?/,
  ],
  ["a key of a step", 'command: "host', 'comand: "host', /unknown key `comand` — did you mean `command`\?/],
  [
    "a key deep inside",
    "if: { offered: drop-slot }",
    "iff: { offered: drop-slot }",
    /unknown key `iff` — did you mean `if`\?/,
  ],
  [
    "a record amid the steps",
    "- choose: What else?",
    "- record: Now\n      - choose: What else?",
    /`record` is the end/,
  ],
];

describe("runbooks in pitwall.yaml", () => {
  it("are read as they are written", () => {
    const config = read(whole);
    assert.ok(config.ok, JSON.stringify(config.ok ? "" : config.error.map(formatProblem)));
    const [runbook] = config.value.runbooks;
    assert.deepEqual([runbook?.id, runbook?.services, runbook?.steps?.length], ["shop-slow", ["shop-db"], 4]);
  });

  for (const [what, right, wrong, said] of mistakes) {
    it(`of which ${what} is misspelt or misplaced are refused with the line and what was meant`, () => {
      assert.ok(whole.includes(right));
      const config = read(whole.replace(right, wrong));
      assert.ok(!config.ok);
      assert.match(config.error.map(formatProblem).join("\n"), said);
      assert.equal(config.error.length, 1, config.error.map(formatProblem).join("\n"));
    });
  }

  it("are accepted as their page shows them", () => {
    const page = readFileSync(new URL("../integrations/RUNBOOKS.md", import.meta.url), "utf8");
    const pieces = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text = ""]) => text);
    assert.equal(pieces.length, 2);
    const web = "{ id: shop-web, kind: passenger, nodes: [{ name: web-01, host: local }] }";
    const others = `services: [${web}, { id: payments, kind: http, url: "https://pay.example.com/", nodes: [{ name: a, address: "10.0.0.1:80" }] }]`;
    for (const piece of pieces) {
      const config = parseConfig(`${piece}\n${others}`, "/pitwall.yaml", registry, () => ok(""), actionIds);
      assert.deepEqual(config.ok ? [] : config.error.map(formatProblem), [], piece);
    }
  });

  it("may use the actions that a team declared for a service, and units that it lets be restarted", () => {
    const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMS1kxDzlJ+4DRVb3Lt4FSXDZcKpLcHkHOYHBRgJfq0V";
    const text = (
      action: string,
    ) => `hosts: { web-01: { address: 10.0.0.1, user: p, key: "env:KEY", hostKey: "${key}" } }
runbooks: [{ id: stale, services: [shop], steps: [{ action: ${action} }, { action: restart-unit }] }]
services:
  - id: shop
    kind: http
    url: https://shop.example.com/
    units: [{ unit: shop.service, host: web-01 }]
    actions: [{ id: flush, title: Flush, at: web-01, run: [/bin/flush], verify: { run: [/bin/flushed] } }]
`;
    const parsed = (action: string) => parseConfig(text(action), "/pitwall.yaml", registry, () => ok(""), actionIds);
    const good = parsed("flush");
    assert.deepEqual(good.ok ? [] : good.error.map(formatProblem), []);
    const wrong = parsed("flsh");
    assert.ok(!wrong.ok);
    assert.match(formatProblem(wrong.error[0] as never), /no such action: `flsh` — did you mean `flush`\?/);
  });

  it("may hide one that a kind brings, and none that it does not", () => {
    assert.ok(read("runbooks: [{ id: times-out, kind: postgres, hide: true }]").ok);
    const config = read("runbooks: [{ id: time-out, kind: postgres, hide: true }]");
    assert.ok(!config.ok);
    assert.match(
      formatProblem(config.error[0] as never),
      /no runbook to hide of the id `time-out` — did you mean `times-out`\?/,
    );
  });

  it("are bounded, however deep a file nests them", () => {
    const deep = `${"{ check: c, if: { status: ok }, yes: [".repeat(60)}{ manual: m }${"] }".repeat(60)}`;
    const config = read(`runbooks: [{ id: deep, kind: http, steps: [${deep}] }]`);
    const many = `[${Array.from({ length: 39 }, () => `{ check: c, if: { status: ok }, yes: [${Array.from({ length: 6 }, () => "{ manual: m }").join(", ")}] }`).join(", ")}]`;
    const wide = read(`runbooks: [{ id: wide, kind: http, steps: ${many} }]`);
    assert.ok(!wide.ok);
    assert.match(formatProblem(wide.error[0] as never), /273 steps are more than anybody follows \(limit 200\)/);
    assert.equal(typeof config.ok, "boolean");
  });

  it("have a schema that tells what may stand within steps within steps", () => {
    const linked = linkedSchema(runbookSchema);
    const inner = schemasAt(linked, ["steps", 0, "yes", 0, "options", 1, "steps", 2]);
    assert.ok(inner.some((one) => one.properties?.command !== undefined));
  });
});
