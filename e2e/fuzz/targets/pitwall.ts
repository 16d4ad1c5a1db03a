import { assertHarmless } from "#e2e/fuzz/harmless.ts";
import type { FuzzTarget } from "#e2e/fuzz/target.ts";
import { bearerOf } from "#lib/access/bearer-token.ts";
import { crossOriginReason, untrustedHost } from "#lib/access/same-origin.ts";
import { parseConfig } from "#lib/config/parse-config.ts";
import { formatProblemWithExcerpt } from "#lib/config/problem.ts";
import { parseDurationMs } from "#lib/core/duration.ts";
import { failure } from "#lib/core/failure.ts";
import { foreignText } from "#lib/core/foreign-text.ts";
import type { Heartbeat } from "#lib/core/heartbeat.ts";
import { err } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import { heartbeatConfig } from "#lib/integrations/heartbeat/config.ts";
import { heartbeatFacts } from "#lib/integrations/heartbeat/facts.ts";
import { manifest as heartbeatManifest } from "#lib/integrations/heartbeat/manifest.ts";
import { observe } from "#lib/integrations/heartbeat/observe.ts";
import { barsOf } from "#lib/integrations/heartbeat/panel-words.ts";
import { registry } from "#lib/integrations/registry.ts";
import { packDocuments } from "#lib/store/packing/documents.ts";
import { Pack } from "#lib/store/packing/pack.ts";
import { parseAddress } from "#lib/transports/address.ts";
import { dependencyRequest } from "#lib/wire/explain.ts";
import { formFields } from "#lib/wire/form.ts";
import { heartbeatRequest, saidBy } from "#lib/wire/heartbeat.ts";
import { commentRequest } from "#lib/wire/incident.ts";
import { markerRequest } from "#lib/wire/marker.ts";
import { acknowledgeRequest, maintenanceRequest, silenceRequest } from "#lib/wire/planned.ts";
import { runConfirmation, runRequest } from "#lib/wire/run.ts";
import { snapshotRequest } from "#lib/wire/snapshot.ts";
import { timeOf } from "#lib/wire/time.ts";

const bytes = (...texts: readonly string[]) => texts.map((text) => Buffer.from(text));

const requests = [
  ...[markerRequest, runRequest, runConfirmation, commentRequest, acknowledgeRequest, silenceRequest],
  ...[maintenanceRequest, snapshotRequest, dependencyRequest],
];

const bodyTarget: FuzzTarget = {
  name: "api-body",
  drives: "the bodies of every command of the API and of markers",
  seeds: bytes(
    '{"kind":"deploy","title":"v12","service":"shop","at":"2026-11-20T14:00:00Z","link":"https://ci.example/1","by":"ann","id":"a-1"}',
    '{"serviceId":"lb","action":"drain","params":{"server":"be/web-01"},"mode":"plan","reason":"disk"}',
    '{"services":["shop"],"groups":[],"nodes":["web-01"],"note":"kernel","forMs":3600000}',
    '{"text":"looked at it","comment":"mine","reason":"known","forMs":60000}',
    '{"title":"now","note":"see","expiresInMs":60000}',
  ),
  words: ['"kind"', '"title"', '"link"', "javascript:alert(1)", '"params"', '"__proto__"', '"forMs"', '"at"', "deploy"],
  run: (input) => {
    let value: unknown;
    try {
      value = JSON.parse(input.toString("utf8"));
    } catch {
      // The route answers what is no JSON before any schema sees it.
      return;
    }
    for (const schema of requests) {
      const parsed = schema.safeParse(value);
      if (!parsed.success || "params" in parsed.data || "planHash" in parsed.data || "dependsOn" in parsed.data)
        continue;
      if ("services" in parsed.data) assertHarmless(parsed.data.note);
      else assertHarmless({ ...parsed.data, service: null });
    }
    if (Object.hasOwn(Object.prototype, "polluted")) throw new Error("the prototype of all objects was changed");
  },
};

const headTarget: FuzzTarget = {
  name: "api-head",
  drives: "headers and times of requests: host, origin, token, `at` and `from`",
  seeds: bytes(
    "localhost:3000",
    "https://elsewhere.example",
    "Bearer 0123456789abcdef",
    "2026-11-20T14:02:10Z",
    "1795190000000",
  ),
  words: ["Bearer ", "localhost", ".localhost", "[::1]", "127.0.0.1", "T", "Z", "+01:00", "null", "file://"],
  longestBytes: 1_024,
  run: (input) => {
    const text = input.toString("latin1");
    const at = timeOf(text);
    if (at !== null && !(at >= 0 && at <= 8_640_000_000_000_000)) throw new Error(`${at} is no time`);
    bearerOf(text);
    parseAddress(text, 443);
    parseDurationMs(text);
    const headers = new Headers();
    try {
      headers.set("host", text);
      headers.set("origin", text);
      headers.set("sec-fetch-site", text);
    } catch {
      // Such a header cannot come: the server's own parser refuses it.
      return;
    }
    const name = untrustedHost(headers);
    if (name !== null && name.length > 200) throw new Error("a name without bound");
    crossOriginReason(headers);
  },
};

const example = `hosts:
  web-01: { address: 10.0.0.1, user: pitwall, key: file:/k, hostKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ }
defaults: { interval: 10s, timeout: 5s }
services:
  - id: shop
    kind: http
    name: Shop
    url: https://shop.example/health
    expect: { status: [2xx, 301], body: { matches: "ok+" } }
    dependsOn: [lb]
  - &lb
    id: lb
    kind: haproxy
    processes: [{ name: lb-1, socket: /run/haproxy.sock, from: web-01 }]
    rules: { server-down: off }
  - { id: backup, kind: heartbeat, cron: "15 2 * * *", timeZone: Europe/Berlin, grace: 1h, longest: 2h }
maintenance:
  - { services: [shop], from: 2026-11-22T02:00, duration: 2h, repeat: FREQ=WEEKLY;BYDAY=SU, timeZone: Europe/Berlin }
`;

const configTarget: FuzzTarget = {
  name: "config",
  drives: "pitwall.yaml, to the whole configuration or every complaint with its excerpt",
  seeds: bytes(example, "services:\n  - { id: a, kind: http, url: http://a }\n", "services: []\n"),
  words: [
    ...[
      "services:",
      "kind: ",
      "kind: postgres",
      "id: ",
      "&a ",
      "*a",
      "*lb",
      "<<: *lb",
      "!!binary ",
      "? ",
      "|\n",
      ">-\n",
    ],
    ...[
      "env:SECRET",
      "file:/x",
      "password: hunter2hunter2",
      "repeat: FREQ=SECONDLY",
      "BYDAY=",
      'cron: "*/5 0-3,L 1W * 7#2"',
      "COUNT=99999999",
      "10s",
      "%YAML 1.2",
      "---",
    ],
  ],
  longestBytes: 4_096,
  run: (input) => {
    const none = () => err(failure("secret-missing", "there is none"));
    const parsed = parseConfig(input.toString("utf8"), "/etc/pitwall.yaml", registry, none);
    if (parsed.ok) return;
    for (const problem of parsed.error.slice(0, 20)) {
      const words = formatProblemWithExcerpt(problem);
      if (foreignText(words, 100_000) !== words) throw new Error(`a complaint acts: ${JSON.stringify(words)}`);
    }
  },
};

const packed = (documents: readonly unknown[]) => {
  const { plan, body } = packDocuments(documents);
  return Buffer.concat([Buffer.from(plan), Buffer.from("\n"), body]);
};

const packingTarget: FuzzTarget = {
  name: "store-packing",
  drives: "what the history is kept in, damaged on its disk: plan and columns",
  seeds: [
    packed([
      { url: "a", nodes: [{ name: "x", ms: 12 }], m: { "a|b": 1 }, s: "200 in 12 ms" },
      {
        url: "b",
        nodes: [
          { name: "x", ms: 7 },
          { name: "y", ms: 9.5 },
        ],
        m: {},
        s: "200 in 7 ms",
      },
      { url: "b", nodes: [], m: { "a|b": null }, s: "500 in 3 ms", more: true },
    ]),
    packed([1, null, "a", [1], { a: 1 }]),
    packed([{ byName: { a: { x: 1 }, b: { x: 2 } } }, { byName: { a: { x: 3 } } }]),
  ],
  words: [
    '["text","a"]',
    '["scalar"]',
    '["array",["scalar"]]',
    '["mixed",["scalar","missing"],[["scalar"],["scalar"]]]',
    "\n",
  ],
  guided: true,
  longestBytes: 4_096,
  run: (input) => {
    const end = input.indexOf(10);
    if (end < 0) return;
    let pack: Pack | undefined;
    const tried = (ask: () => unknown) => {
      try {
        ask();
      } catch (error) {
        // Damage is told by these two, and its readers know them.
        if (!(error instanceof RangeError) && !(error instanceof SyntaxError)) throw error;
        if (error.message.startsWith("Maximum call stack")) throw error;
      }
    };
    tried(() => {
      pack = new Pack(JSON.parse(input.toString("utf8", 0, end)), input.subarray(end + 1));
    });
    // What cannot be answered as a whole may yet hang or flood in part.
    const { length = 0 } = pack ?? {};
    tried(() => pack?.documents([length - 1]));
    for (const name of pack?.names([]).slice(0, 3) ?? []) {
      tried(() => pack?.field([name], [0]));
      tried(() => pack?.field([name]));
    }
    tried(() => pack?.documents());
  },
};

const jobs = [heartbeatConfig.parse({ every: "1h" }), heartbeatConfig.parse({ cron: "15 2 * * *", longest: "1h" })];
const jobSince = Date.UTC(2026, 10, 26, 12);

const heartbeatTarget: FuzzTarget = {
  name: "heartbeat-body",
  drives: "what a job reports, as a form and as JSON, a line for each report, to the finding",
  seeds: bytes(
    "says=start&run=4711\nrun=4711&exitCode=0&durationMs=130000&message=1.2G\n",
    "exitCode=1&log=pg_dump%3A+error%3A+No+space+left%0A&message=%1B%5B31mred\n\nsays=fail\n",
    '{"says":"start","run":"a"}\n{"says":"success","exitCode":0,"run":"a","log":"done\\n","durationMs":5}\n',
    "says=start\nsays=start\nsays=success\n",
  ),
  words: [
    "says=",
    "start",
    "success",
    "fail",
    "exitCode=",
    "run=",
    "durationMs=",
    "message=",
    "log=",
    "&",
    "%00",
    "%E2%80%AE",
    "+",
    "\n",
  ],
  guided: true,
  longestBytes: 4_096,
  run: (input) => {
    const heartbeats: Heartbeat[] = [];
    for (const line of input.toString("utf8").split("\n").slice(0, 200)) {
      const parsed = heartbeatRequest.safeParse(reportOf(line));
      if (!parsed.success) continue;
      const { exitCode = null, durationMs = null, run = null, message = null, log = null } = parsed.data;
      const id = heartbeats.length + 1;
      // The first of a line's bytes is as good as any for how long after the last one it came.
      const at = (heartbeats.at(-1)?.at ?? jobSince) + (line.length % 7) * 1_200_000;
      heartbeats.push({ id, at, says: saidBy(parsed.data), run, exitCode, durationMs, message, log, from: null });
    }
    assertHarmless(heartbeats);
    const now = (heartbeats.at(-1)?.at ?? jobSince) + (input.length % 11) * 3_600_000;
    for (const job of jobs) {
      const detail = observe(job, { heartbeats, deaf: [], expectedSince: jobSince }, now);
      const findings = judge(detail, heartbeatManifest.rules);
      assertHarmless([detail, findings, heartbeatManifest.summarise(detail), heartbeatFacts(detail), barsOf(detail)]);
    }
  },
};

/** As the door reads a body: by its type, which is guessed here. */
function reportOf(line: string): unknown {
  if (!line.startsWith("{")) {
    const fields = formFields(line);
    return fields.ok ? fields.value : null;
  }
  try {
    return JSON.parse(line);
  } catch {
    // What is no JSON is refused before a schema sees it.
    return null;
  }
}

export const pitwallTargets: readonly FuzzTarget[] = [
  ...[bodyTarget, headTarget, heartbeatTarget, configTarget, packingTarget],
];
