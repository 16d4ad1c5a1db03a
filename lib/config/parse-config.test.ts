import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { z } from "zod";
import { parseConfig, type Registry } from "#lib/config/parse-config.ts";
import { formatProblem, formatProblemWithExcerpt } from "#lib/config/problem.ts";
import { hostSchema } from "#lib/config/schema.ts";
import { yamlBounds } from "#lib/config/yaml-source.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import { defaultPolicy } from "#lib/core/state.ts";
import { duration, hostReference, port, secretReference } from "#lib/integrations/fields.ts";
import { integration } from "#lib/integrations/integration.ts";

const queueConfig = z.strictObject({
  user: z.string().min(1).describe("Login name."),
  password: secretReference.optional().describe("Reference to the password."),
  patience: duration.prefault("2s").describe("How long to wait."),
  nodes: z
    .array(
      z.strictObject({
        name: z.string().min(1).describe("Name of the node."),
        host: hostReference.optional().describe("Where it runs."),
        port: port.default(5672).describe("Port."),
        mode: z.enum(["plain", "mirrored"]).default("plain").describe("How it keeps messages."),
      }),
    )
    .min(1)
    .describe("The members."),
});

const registry: Registry = {
  queue: integration<z.infer<typeof queueConfig>, { readonly length: number }>({
    manifest: {
      kind: "queue",
      title: "Queue",
      about: "A message queue.",
      config: queueConfig as unknown as z.ZodType<z.infer<typeof queueConfig>>,
      metrics: {},
      rules: [
        {
          type: "threshold",
          id: "length",
          title: "Length",
          unit: "count",
          raise: "above",
          warning: 10,
          critical: 100,
          help: "Waiting messages.",
          read: ({ length }) => [{ value: length, say: (number) => `${number} waiting` }],
        },
        {
          type: "threshold",
          id: "age",
          title: "Age",
          unit: "s",
          raise: "above",
          warning: 30,
          help: "Age of the oldest message.",
          read: () => [],
        },
        { type: "fact", id: "split", title: "Split", severity: "critical", help: "Two leaders.", find: () => [] },
      ],
      nodes: ({ nodes }) => nodes.map(({ name }) => name),
      summarise: ({ length }) => `${length} waiting`,
      columns: 4,
    },
    collector: async () => async () => err(failure("refused", "nothing listens")),
    actions: async () => [],
    panel: async () => ({ default: () => null }),
  }),
};

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG3uKRzzFH1e0jr4xcKOAm1wHLfCy2PwVLFUzgPcGE3n";
const known = new Set(["env:GOOD", "file:ssh/id"]);

function parse(text: string) {
  return parseConfig(text, "pitwall.yaml", registry, (reference) =>
    known.has(reference) ? ok("") : err(failure("secret-missing", "the environment variable is not set")),
  );
}

function problemsOf(text: string): string[] {
  const result = parse(text);
  assert.ok(!result.ok, "expected problems");
  return result.error.map(formatProblem);
}

const hosts = `hosts:
  bastion: { address: 10.0.0.1, user: deploy, key: "file:ssh/id", hostKey: "${hostKey}" }
  mq-01: { address: 10.0.0.2, port: 2222, user: deploy, key: "file:ssh/id", hostKey: ["${hostKey}"], via: bastion }
`;

const hopColumn = (hosts.split("\n")[2] ?? "").indexOf("bastion") + 1;

const good = `${hosts}defaults: { interval: 5s }
services:
  - id: jobs
    kind: queue
    name: Job queue
    group: Data
    dependsOn: [mail]
    rules: { length: { warning: 20 }, age: { warning: 2min }, split: off }
    user: pitwall
    password: env:GOOD
    nodes: [{ name: mq-01, host: mq-01 }]
  - id: mail
    kind: queue
    interval: 1min
    timeout: 3s
    user: pitwall
    nodes: [{ name: a, host: local, port: 1234 }, { name: b }]
`;

test("a good file becomes hosts and services with every default filled in", () => {
  const result = parse(good);
  assert.ok(result.ok, JSON.stringify(result));
  const { hosts: machines, services, digest } = result.value;
  assert.match(digest, /^[0-9a-f]{64}$/);
  assert.deepEqual(machines["mq-01"], {
    name: "mq-01",
    address: "10.0.0.2",
    port: 2222,
    user: "deploy",
    key: "file:ssh/id",
    hostKeys: [hostKey],
    via: "bastion",
  });
  assert.deepEqual(services[0], {
    id: "jobs",
    kind: "queue",
    name: "Job queue",
    group: "Data",
    dependsOn: ["mail"],
    intervalMs: 5_000,
    timeoutMs: 4_000,
    retryMs: 2_500,
    policy: defaultPolicy,
    rules: { length: { warning: 20 }, age: { warning: 120 }, split: false },
    config: {
      user: "pitwall",
      password: "env:GOOD",
      patience: 2_000,
      nodes: [{ name: "mq-01", host: "mq-01", port: 5672, mode: "plain" }],
    },
  });
  assert.deepEqual([services[1]?.intervalMs, services[1]?.timeoutMs, services[1]?.name], [60_000, 3_000, "mail"]);
});

describe("how a status is confirmed", () => {
  const judged = (defaults: string, keys: string) => {
    const result = parse(
      `defaults: ${defaults}\nservices: [{ id: a, kind: queue, interval: 10s, user: u, nodes: [{ name: n }], ${keys} }]`,
    );
    if (!result.ok) return result.error.map((problem) => problem.message).join("; ");
    const [service] = result.value.services;
    return { ...service?.policy, retryMs: service?.retryMs };
  };

  test("has defaults, which a service may change", () => {
    assert.deepEqual(judged("{}", ""), { ...defaultPolicy, retryMs: 5_000 });
    assert.deepEqual(judged("{ confirm: { after: 5 }, retry: 2s }", ""), {
      ...defaultPolicy,
      confirm: { after: 5, recover: 2 },
      retryMs: 2_000,
    });
    const own = "confirm: { fails: 3, of: 5 }, flapping: off, unknown: { criticalAfter: 5min }, retry: 1min";
    assert.deepEqual(judged("{ confirm: { after: 5 }, unknown: { criticalAfter: never } }", own), {
      confirm: { fails: 3, of: 5 },
      flapping: null,
      unknown: { criticalAfterMs: 300_000 },
      retryMs: 10_000,
    });
  });

  test("is refused where it could never be met", () => {
    assert.match(String(judged("{}", "confirm: { fails: 6, of: 5 }")), /at most `of`/);
    assert.match(String(judged("{}", "flapping: { high: 20, low: 30 }")), /at most `high`/);
    assert.match(String(judged("{}", "confirm: { after: 22 }")), /22/);
    assert.match(String(judged("{}", "unknown: { criticalAfter: soon }")), /criticalAfter/);
    assert.match(String(judged("{}", "confirm: { afer: 3 }")), /afer/);
  });
});

describe("when a rule's limit counts and clears", () => {
  const rules = (of: string) => {
    const result = parse(`services: [{ id: a, kind: queue, user: u, nodes: [{ name: n }], rules: ${of} }]`);
    return result.ok ? result.value.services[0]?.rules : result.error.map((problem) => problem.message).join("; ");
  };

  test("is told with the limits", () => {
    assert.deepEqual(rules("{ length: { warning: 20, clear: 15, for: 5min } }"), {
      length: { warning: 20, clear: 15, for: 300_000 },
    });
    assert.deepEqual(rules("{ split: { for: 30s } }"), { split: { for: 30_000 } });
  });

  test("is refused where it would clear beyond the limit, or clear no limit", () => {
    assert.match(
      String(rules("{ length: { warning: 20, clear: 25 } }")),
      /clear \(25\) must not be above the limit \(20\)/,
    );
    assert.match(String(rules("{ length: { warning: 20, critical: null, clear: { critical: 2 } } }")), /there is none/);
    assert.match(String(rules("{ length: { for: 5 } }")), /did you mean `5s`/);
  });
});

test("a slow service gets a deadline of 10 s, and a default deadline never outlasts the interval", () => {
  const withDefaults = (defaults: string, interval: string) => {
    const result = parse(
      `defaults: ${defaults}\nservices: [{ id: a, kind: queue, interval: ${interval}, user: u, nodes: [{ name: n }] }]`,
    );
    assert.ok(result.ok, JSON.stringify(result));
    return result.value.services[0]?.timeoutMs;
  };
  assert.equal(withDefaults("{}", "1min"), 10_000);
  assert.equal(withDefaults("{ timeout: 30s }", "5s"), 5_000);
  assert.equal(withDefaults("{ timeout: 3s }", "5s"), 3_000);
});

const service = (more: string) => `services:
  - id: jobs
    kind: queue
    user: pitwall
    nodes: [{ name: a }]
    ${more}
`;

const table: readonly (readonly [promise: string, text: string, problems: readonly string[]])[] = [
  [
    "an unknown key is told with the nearest one",
    service("intervall: 5s"),
    ["pitwall.yaml:6:5: unknown key `intervall` — did you mean `interval`?"],
  ],
  [
    "an unknown key of the kind is told with the nearest one",
    service("pasword: env:GOOD"),
    ["pitwall.yaml:6:5: unknown key `pasword` — did you mean `password`?"],
  ],
  [
    "an unknown key that is near nothing is told with what there is",
    "service: []\nhostss: {}\nservices: []",
    [
      "pitwall.yaml:1:1: unknown key `service` — did you mean `services`?",
      "pitwall.yaml:2:1: unknown key `hostss` — did you mean `hosts`?",
    ],
  ],
  [
    "a misspelt required key is one mistake, not two",
    "services:\n  - { id: a, kind: queue, usr: x, nodes: [{ name: n }] }",
    ["pitwall.yaml:2:27: unknown key `usr` — did you mean `user`?"],
  ],
  [
    "a key inside a node is told at its place",
    service("").replace("{ name: a }", "{ nmae: a }"),
    ["pitwall.yaml:5:15: unknown key `nmae` — did you mean `name`?"],
  ],
  [
    "a missing key is told at the service it is missing from",
    "services:\n  - id: jobs\n    kind: queue\n    user: x",
    ["pitwall.yaml:2:5: `nodes` is missing: expected a list"],
  ],
  [
    "a wrong type says what was expected and found",
    service("group: [a]"),
    ["pitwall.yaml:6:12: `group`: expected text, found a list"],
  ],
  [
    "a number where a duration belongs gets its unit suggested",
    service("interval: 5"),
    ["pitwall.yaml:6:15: `interval`: expected a duration like `5s`, found the number 5 — did you mean `5s`?"],
  ],
  [
    "an interval below a second is refused",
    service("interval: 200ms"),
    ["pitwall.yaml:6:15: `interval`: expected at least 1s, found `200ms`"],
  ],
  [
    "a number in quotes is told so",
    service("").replace("name: a", 'name: a, port: "80"'),
    ["pitwall.yaml:5:30: `port`: expected a whole number from 1 to 65535, found the text `80` — leave out the quotes"],
  ],
  [
    "a number out of range is told with the range",
    service("").replace("name: a", "name: a, port: 70000"),
    ["pitwall.yaml:5:30: `port`: expected a whole number from 1 to 65535, found the number 70000"],
  ],
  [
    "a word that is not in the list is told with the nearest of it",
    service("").replace("name: a", "name: a, mode: mirrord"),
    ["pitwall.yaml:5:30: `mode`: expected one of plain, mirrored, found `mirrord` — did you mean `mirrored`?"],
  ],
  [
    "a missing secret is told where it is referred to",
    service("password: env:LOST"),
    ["pitwall.yaml:6:15: `password`: the secret env:LOST is missing: the environment variable is not set"],
  ],
  [
    "a secret in the file is refused and not repeated",
    service("password: hunter2"),
    [
      "pitwall.yaml:6:15: `password`: expected a reference like env:NAME, file:/path or vault:path#field, never the secret itself, found [not shown]",
    ],
  ],
  [
    "a deadline longer than the interval is refused",
    service("interval: 2s\n    timeout: 3s"),
    [
      "pitwall.yaml:7:14: `timeout`: 3000 ms is longer than the interval of 2000 ms; a poll must end before the next one starts",
    ],
  ],
  [
    "a duplicate id is told at the second",
    `${service("")}  - { id: jobs, kind: queue, user: x, nodes: [{ name: n }] }`,
    ["pitwall.yaml:7:11: two services have the id `jobs`; ids are unique"],
  ],
  [
    "an id that is no slug is refused",
    service("").replace("id: jobs", "id: Job Queue"),
    ["pitwall.yaml:2:9: `id`: expected small letters, digits and single dashes, like `pg-main`, found `Job Queue`"],
  ],
  [
    "a key that stands twice is told with the line of the first",
    service("user: other"),
    ["pitwall.yaml:6:5: key `user` stands twice; the first is on line 4"],
  ],
  [
    "an unknown kind is told with the nearest",
    service("").replace("kind: queue", "kind: quue"),
    ["pitwall.yaml:3:11: unknown kind `quue` — did you mean `queue`?"],
  ],
  [
    "an unknown dependency is told with the nearest id",
    service("dependsOn: [job]"),
    ["pitwall.yaml:6:17: no service has the id `job` — did you mean `jobs`?"],
  ],
  [
    "a circle of dependencies is printed",
    good.replace("interval: 1min", "dependsOn: [jobs]"),
    ["pitwall.yaml:17:17: services depend on each other in a circle: jobs → mail → jobs"],
  ],
  [
    "a service cannot depend on itself",
    service("dependsOn: [jobs]"),
    ["pitwall.yaml:6:17: services depend on each other in a circle: jobs → jobs"],
  ],
  [
    "an unknown host is told with the nearest",
    good.replace("host: mq-01", "host: mq-1"),
    ["pitwall.yaml:14:34: no entry under `hosts` is named `mq-1` — did you mean `mq-01`?"],
  ],
  [
    "an unknown hop is told with the nearest",
    good.replace("via: bastion", "via: bastian"),
    [`pitwall.yaml:3:${hopColumn}: no entry under \`hosts\` is named \`bastian\` — did you mean \`bastion\`?`],
  ],
  [
    "a circle of hops is printed",
    hosts.replace(`"${hostKey}" }`, `"${hostKey}", via: mq-01 }`).concat("services: []"),
    [`pitwall.yaml:3:${hopColumn}: hosts hop through each other in a circle: bastion → mq-01 → bastion`],
  ],
  [
    "a host key that was cut off is refused",
    `hosts: { a: { address: x, user: u, key: "file:ssh/id", hostKey: "ssh-ed25519 AAAA" } }\nservices: []`,
    [
      "pitwall.yaml:1:65: `hostKey`: expected a public host key as in known_hosts, like `ssh-ed25519 AAAAC3Nza…` (ssh-keyscan prints it); RSA from 2048 bits on, found `ssh-ed25519 AAAA`",
    ],
  ],
  [
    "a host cannot be called local",
    hosts.replace("bastion:", "local:").replace(", via: bastion", "").concat("services: []"),
    ["pitwall.yaml:2:3: host `local`: `local` is the machine Pitwall runs on and needs no entry; choose another name"],
  ],
  [
    "two nodes of one name are told at the second",
    service("").replace("[{ name: a }]", "[{ name: a }, { name: a }]"),
    ["pitwall.yaml:5:34: two nodes of this service are named `a`; give each a name of its own"],
  ],
  [
    "an unknown rule is told with the nearest",
    service("rules: { lenght: off }"),
    ["pitwall.yaml:6:14: unknown key `lenght` — did you mean `length`?"],
  ],
  [
    "a limit of the wrong type is refused",
    service("rules: { length: { warning: many } }"),
    ["pitwall.yaml:6:33: `warning`: expected a number or null, found the text `many`"],
  ],
  [
    "limits in the wrong order are refused, defaults included",
    service("rules: { length: { warning: 200 } }"),
    ["pitwall.yaml:6:33: `warning`: warning (200) must not be above critical (100), or it would never be raised"],
  ],
  [
    "a rule without numbers takes none",
    service("rules: { split: { warning: 2 } }"),
    ["pitwall.yaml:6:23: unknown key `warning`; possible are severity, for"],
  ],
  [
    "an unknown severity is told with the nearest",
    service("rules: { split: { severity: critcal } }"),
    [
      "pitwall.yaml:6:33: `severity`: expected one of info, warning, critical, found `critcal` — did you mean `critical`?",
    ],
  ],
  [
    "an alias to nothing is told",
    service("group: *nowhere"),
    ["pitwall.yaml:6:12: nothing is anchored as &nowhere above this alias"],
  ],
  [
    "an empty file says what belongs into it",
    "",
    [
      "pitwall.yaml:1:1: expected a map with the keys url, tls, proxy, hosts, secrets, reach, defaults, history, events, access, audit, heal, maintenance, runbooks, services, found nothing",
    ],
  ],
  [
    "a list is no configuration",
    "- a",
    [
      "pitwall.yaml:1:1: expected a map with the keys url, tls, proxy, hosts, secrets, reach, defaults, history, events, access, audit, heal, maintenance, runbooks, services, found a list",
    ],
  ],
  [
    "a file without services says what is missing",
    "hosts: {}",
    ["pitwall.yaml:1:1: `services` is missing: expected a list of what to watch, each with `id` and `kind`"],
  ],
  [
    "a service that is no map is told",
    "services: [a]",
    ["pitwall.yaml:1:12: expected a service with `id` and `kind`, found `a`"],
  ],
];

describe("what is wrong is told with its place", () => {
  for (const [promise, text, problems] of table) {
    test(promise, () => assert.deepEqual(problemsOf(text), problems));
  }
});

test("broken YAML is told with its place", () => {
  const [first] = problemsOf("services:\n  - id: [a\n    kind: b\n");
  assert.match(first ?? "", /^pitwall\.yaml:[23]:\d+: it is not valid YAML: /);
});

test("a tab for indentation is told", () => {
  assert.match(problemsOf("services:\n\t- id: a")[0] ?? "", /^pitwall\.yaml:2:1: it is not valid YAML: Tabs/);
});

test("all problems come at once, in the order of the file", () => {
  const problems = problemsOf(`hosts: { x: { adress: 1.2.3.4 } }
services:
  - { id: a, kind: queue, user: u, nodes: [{ name: n }], interval: 5, dependsOn: [b] }
  - { id: A, kind: nope }
`);
  const places = problems.map((problem) => problem.split(":").slice(1, 3).join(":"));
  assert.ok(problems.length >= 7, problems.join("\n"));
  assert.deepEqual(
    places,
    [...places].sort(
      (a, b) => Number(a.split(":")[0]) - Number(b.split(":")[0]) || Number(a.split(":")[1]) - Number(b.split(":")[1]),
    ),
  );
});

test("the caret stands under what is wrong", () => {
  const result = parse(service("intervall: 5s"));
  assert.ok(!result.ok && result.error[0]);
  assert.equal(
    formatProblemWithExcerpt(result.error[0]),
    [
      "pitwall.yaml:6:5: unknown key `intervall` — did you mean `interval`?",
      "    6 |     intervall: 5s",
      "      |     ^",
    ].join("\n"),
  );
});

describe("no text of a secret gets into a problem or its excerpt", () => {
  const leaks: readonly (readonly [string, string])[] = [
    ["as the value itself", service("password: hunter2secret")],
    [
      "beside another mistake on its line",
      "services:\n  - { id: a, kind: queue, user: u, password: hunter2secret, intervall: 5s, nodes: [{ name: n }] }",
    ],
    ["under a misspelt key", service("pasword: hunter2secret")],
    ["under an unknown key", service("api_key: hunter2secret")],
    ["as a whole key file", `hosts: { a: { address: x, user: u, key: "hunter2secret", hostKey: "" } }\nservices: []`],
    ["in an address", service("group: { url: 'http://user:hunter2secret@host/' }")],
    ["after a mistake in the YAML itself", "services:\n  - password: hunter2secret: {\n"],
    ["as a text that YAML stumbles over", 'password: "a" hunter2secret\n'],
  ];
  for (const [promise, text] of leaks) {
    test(promise, () => {
      const result = parse(text);
      assert.ok(!result.ok);
      const told = JSON.stringify(result.error) + result.error.map(formatProblemWithExcerpt).join("\n");
      assert.ok(!told.includes("hunter2secret"), told);
    });
  }
});

test("any text gives problems or a configuration, and never throws", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "services:",
      "- ",
      "id: a",
      "kind: queue",
      "\n",
      "  ",
      "&a ",
      "*a",
      "{",
      "}",
      "[",
      "]",
      ": ",
      "? ",
      "!!str ",
      "|",
      ">",
      "'",
      '"',
      "<<: ",
      "__proto__: ",
      "constructor: ",
      "\t",
      "---",
      "rules:",
      "nodes: ",
      "via: ",
    ),
    fc.string({ maxLength: 8 }),
  );
  const anything = fc.oneof(
    fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join("")),
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.json().map((text) => `services: [${text}]\nhosts: ${text}\ndefaults: ${text}`),
    fc
      .object({
        key: fc.constantFrom("id", "kind", "rules", "nodes", "user", "dependsOn", "interval", "name"),
        maxDepth: 3,
      })
      .map((value) => JSON.stringify({ services: [{ id: "a", kind: "queue", ...value }] })),
  );
  fc.assert(
    fc.property(anything, (text) => {
      const result = parse(text);
      if (result.ok) return result.value.file === "pitwall.yaml";
      const lines = text.split(/\r\n|\r|\n/).length;
      return (
        result.error.length > 0 &&
        result.error.every(
          ({ line, column, message }) => line >= 1 && line <= lines + 1 && column >= 1 && message !== "",
        )
      );
    }),
    // On a busy machine fewer of them: each reads a whole configuration.
    { numRuns: 1_500, interruptAfterTimeLimit: 90_000 },
  );
});

test("a mistake anywhere in a good file never half-configures", () => {
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.constantFrom("", "x", ":", "\n", " ", "{", "5"), (at, put) => {
      const result = parse(good.slice(0, at) + put + good.slice(at + 1));
      return result.ok
        ? (result.value.services.length === 2 && result.value.services.every(({ config }) => config !== undefined)) ||
            result.value.services.length < 2
        : result.error.length > 0;
    }),
    { numRuns: 500 },
  );
});

test("aliases that multiply are bounded", () => {
  const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level <= 12; level += 1) {
    bomb.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(", ")}]`,
    );
  }
  const problems = problemsOf(bomb.join("\n"));
  assert.ok(
    problems.some((problem) => problem.includes(`unfolds to more than ${yamlBounds.nodes}`)),
    problems.join("\n"),
  );
});

test("a file over 1 MB is refused unread", () => {
  assert.deepEqual(problemsOf(`# ${"x".repeat(yamlBounds.bytes)}\nservices: []`), [
    "pitwall.yaml:1:1: the file is over 1 MB, which no configuration needs",
  ]);
});

test("deep nesting is refused, not crashed upon", () => {
  assert.match(problemsOf(`services: ${"[".repeat(20_000)}`)[0] ?? "", /^pitwall\.yaml:1:/);
  assert.match(
    problemsOf(`services: ${"[".repeat(200)}${"]".repeat(200)}`)[0] ?? "",
    /unfolds to more than|nested too deep/,
  );
});

test("a key that would reach into the language is refused", () => {
  assert.deepEqual(problemsOf("__proto__: { services: [] }\nservices: []"), [
    "pitwall.yaml:1:1: a key must be plain text",
  ]);
  assert.match(problemsOf(service("constructor: x"))[0] ?? "", /unknown key `constructor`/);
});

test("an anchor may be used again", () => {
  const text = `services:
  - { id: a, kind: queue, user: u, nodes: &nodes [{ name: n }] }
  - { id: b, kind: queue, user: u, nodes: *nodes }
`;
  const result = parse(text);
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(result.value.services[0]?.config, result.value.services[1]?.config);
});

const planned = (lines: string) => `${good}maintenance:\n${lines}`;

test("planned work is read with its times, once or by a rule", () => {
  const result = parse(
    planned(`  - { services: [jobs], from: 2026-11-22T02:00, to: 2026-11-22T04:00, timeZone: Europe/Berlin, note: upgrade }
  - { groups: [Data], nodes: [mq-01], from: 2026-11-22T02:00, duration: 30min, repeat: FREQ=WEEKLY;BYDAY=SU }
`),
  );
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(result.value.maintenance, [
    {
      covers: { services: ["jobs"], groups: [], nodes: [] },
      note: "upgrade",
      timeZone: "Europe/Berlin",
      from: "2026-11-22T02:00",
      durationMs: 7_200_000,
      repeat: null,
    },
    {
      covers: { services: [], groups: ["Data"], nodes: ["mq-01"] },
      note: "",
      timeZone: "UTC",
      from: "2026-11-22T02:00",
      durationMs: 1_800_000,
      repeat: "FREQ=WEEKLY;BYDAY=SU",
    },
  ]);
});

test("planned work may name a node that only a balancer will tell of", () => {
  const finding = { ...registry.queue, manifest: { ...registry.queue?.manifest, members: () => ["mq-10"] } };
  const text = planned("  - { nodes: [mq-10], from: 2026-11-22T02:00, duration: 1h }\n");
  const read = parseConfig(text, "pitwall.yaml", { queue: finding } as Registry, () => ok(""));
  assert.ok(read.ok, JSON.stringify(read));
  assert.deepEqual(read.value.maintenance[0]?.covers.nodes, ["mq-10"]);
});

test("planned work that cannot be is told with its place and what was expected", () => {
  const cases = [
    [
      "{ services: [jubs], from: 2026-11-22T02:00, duration: 1h }",
      /no service has the id `jubs` — did you mean `jobs`/,
    ],
    ["{ groups: [Date], from: 2026-11-22T02:00, duration: 1h }", /in a group named `Date` — did you mean `Data`/],
    ["{ nodes: [mq-10], from: 2026-11-22T02:00, duration: 1h }", /no service has a node named `mq-10`/],
    ["{ from: 2026-11-22T02:00, duration: 1h }", /at least one of `services`, `groups` and `nodes`/],
    ["{ services: [jobs], from: 2026-02-30T02:00, duration: 1h }", /a day that is in the calendar/],
    ["{ services: [jobs], from: tomorrow, duration: 1h }", /a time on the clock like 2026-11-22T02:00/],
    ["{ services: [jobs], from: 2026-11-22T02:00 }", /either `duration` or `to`/],
    ["{ services: [jobs], from: 2026-11-22T02:00, to: 2026-11-22T01:00 }", /a time after `from`/],
    ["{ services: [jobs], from: 2026-11-22T02:00, duration: 1h, timeZone: Mars/Base }", /name of a time zone/],
    ["{ services: [jobs], from: 2026-11-22T02:00, duration: 1h, repeat: FREQ=HOURLY }", /DAILY, WEEKLY, MONTHLY/],
    [
      "{ services: [jobs], from: 2026-11-22T02:00, duration: 1h, repeats: FREQ=DAILY }",
      /`repeats`.*did you mean `repeat`/,
    ],
  ] as const;
  for (const [entry, says] of cases) {
    const problems = problemsOf(planned(`  - ${entry}\n`));
    assert.equal(problems.length, 1, problems.join("\n"));
    assert.match(problems[0] ?? "", says);
    assert.match(problems[0] ?? "", /^pitwall\.yaml:\d+/);
  }
});

test("a pinned host key of RSA has 2048 bits or more", () => {
  const hostKey = (bits: number) => {
    const { n = "", e = "" } = generateKeyPairSync("rsa", { modulusLength: bits }).publicKey.export({ format: "jwk" });
    const parts = [
      Buffer.from("ssh-rsa"),
      Buffer.from(e, "base64url"),
      Buffer.concat([Buffer.of(0), Buffer.from(n, "base64url")]),
    ];
    const blob = parts.flatMap((part) => [Buffer.from(new Uint32Array([part.length]).buffer).swap32(), part]);
    return `ssh-rsa ${Buffer.concat(blob).toString("base64")}`;
  };
  for (const [bits, fits] of [
    [1_024, false],
    [2_040, false],
    [2_048, true],
    [3_072, true],
  ] as const) {
    const parsed = hostSchema.safeParse({
      address: "10.0.0.1",
      user: "pitwall",
      key: "env:KEY",
      hostKey: hostKey(bits),
    });
    assert.equal(parsed.success, fits, `${bits} bits`);
  }
});
