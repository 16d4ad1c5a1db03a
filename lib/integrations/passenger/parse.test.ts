import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { ok } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import { passengerConfig } from "#lib/integrations/passenger/config.ts";
import { manifest } from "#lib/integrations/passenger/manifest.ts";
import { failureOf } from "#lib/integrations/passenger/outcome.ts";
import { detailOf, parseNode } from "#lib/integrations/passenger/parse.ts";
import { parsePool, parseUptime } from "#lib/integrations/passenger/pool.ts";
import { groupingPath, maxGroups, parseRequests } from "#lib/integrations/passenger/requests.ts";

const recorded = (name: string, file: string) =>
  readFileSync(path.join(import.meta.dirname, "fixtures", name, file), "latin1");
const xml = recorded("02-queue-3", "02-queue-3.pool.xml");
const json = recorded("02-queue-3", "02-queue-3.requests.json");
const config = passengerConfig.parse({ nodes: [{ name: "web-01", host: "web-01", restart: ["apachectl", "start"] }] });
const [node] = config.nodes;
assert.ok(node);

test("garbage is malformed, whatever it is, and never a throw", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.json()), (text) => {
      assert.equal(parsePool(text).ok, false);
      const requests = parseRequests(text);
      if (requests.ok) assert.equal(requests.value.inFlight, 0);
    }),
  );
});

test("a recorded document that was cut off or damaged anywhere is malformed or still a pool, never a throw", () => {
  fc.assert(
    fc.property(fc.nat(xml.length), fc.string({ maxLength: 20 }), (at, damage) => {
      assert.equal(parsePool(xml.slice(0, at)).ok, at >= xml.trimEnd().length);
      const damaged = parseNode(
        config,
        node,
        {
          xml: ok(xml.slice(0, at) + damage + xml.slice(at + damage.length)),
          json: ok(json.slice(0, at) + damage + json.slice(at)),
        },
        0,
      );
      const detail = detailOf([damaged]);
      assert.deepEqual(JSON.parse(JSON.stringify(detail)), detail);
      judge(detail, manifest.rules);
      manifest.summarise(detail);
    }),
  );
});

test("a megabyte of random bytes is refused within 50 ms", () => {
  const bytes = Buffer.alloc(1_000_000);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = (at * 2_654_435_761) >>> 13;
  const random = bytes.toString("latin1");
  for (const text of [
    random,
    `<info>${random}`,
    `<info><max>1</max>${"<".repeat(1_000_000)}`,
    `{"thread1":${random}`,
    "[".repeat(1_000_000),
  ]) {
    const tookMs = Math.min(...[1, 2, 3, 4, 5].map(() => timed(text)));
    assert.ok(tookMs < 50, `${text.slice(0, 20)} took ${tookMs.toFixed(0)} ms`);
  }
});

/** Processor time, and the best of several tries: other work on the machine is not the parser's. */
function timed(text: string): number {
  const before = process.cpuUsage();
  parsePool(text);
  parseRequests(text);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

test("many more elements than any pool has are refused, not collected", () => {
  const processes = "<process><pid>1</pid></process>".repeat(60_000);
  const group = `<info><max>1</max><supergroups><supergroup><group><name>a</name><processes>${processes}</processes></group></supergroup></supergroups></info>`;
  const pool = parsePool(group);
  assert.equal(pool.ok, false);
  const deep = parsePool(`<info>${"<a>".repeat(1_000)}`);
  assert.equal(deep.ok, false);
});

test("unknown elements are passed over", () => {
  const newer = xml
    .replace(
      "<max>3</max>",
      "<new_thing><max>9</max><get_wait_list_size>7</get_wait_list_size></new_thing><max>3</max>",
    )
    .replaceAll("<uuid>", "<flavour>vanilla</flavour><uuid>");
  const [before, after] = [parsePool(xml), parsePool(newer)];
  assert.ok(before.ok && after.ok);
  assert.deepEqual(after.value, before.value);
});

test("a group's own queue is read, and neither the supergroup's nor the pool's", () => {
  const pool = parsePool(xml);
  assert.ok(pool.ok);
  assert.equal(pool.value.topLevelQueue, 0);
  assert.deepEqual(
    pool.value.groups.map((group) => group.queue),
    [3, 0, 0],
  );
});

test("a clock that is an hour off makes no process look stuck", () => {
  const at = 1_795_191_147_900;
  for (const now of [at, at + 3_600_000, at - 3_600_000]) {
    const seen = parseNode(config, node, { xml: ok(xml), json: ok(json) }, now);
    assert.equal(seen.apps.flatMap((app) => app.processes).filter((process) => process.stuck).length, 0);
  }
});

test("paths are grouped without query and ids, so that nothing a user sent is kept", () => {
  assert.equal(groupingPath("/search?q=secret&token=abc"), "/search");
  assert.equal(
    groupingPath("/users/42/orders/8f14e45f-ceea-467f-a0e6-1c1f2d3b4a5b/edit"),
    "/users/:id/orders/:id/edit",
  );
  assert.equal(groupingPath("/commit/da39a3ee5e6b4b0d3255bfef95601890afd80709"), "/commit/:id");
  assert.equal(groupingPath("/v2/items"), "/v2/items");
  assert.equal(groupingPath("/s;jsessionid=1F2"), "/s");
  assert.equal(groupingPath(undefined), "(unknown)");
  fc.assert(
    fc.property(fc.string(), (text) => {
      const path = groupingPath(text);
      assert.ok(path.length > 0 && path.length <= 120 && !/[?#\n]/.test(path));
    }),
  );
});

test("of many paths the largest are kept, and always the one with the oldest request", () => {
  const request = (path: string, age: number) => ({
    current_request: { path, state: "CHECKING_OUT_SESSION", started_at: { relative_timestamp: -age } },
  });
  const clients = Object.fromEntries(
    Array.from({ length: 60 }, (_, at) => [
      `1-${at}`,
      request(`/p${String.fromCharCode(97 + (at % 26))}x${at % 26}`, 1),
    ]),
  );
  const told = parseRequests(
    JSON.stringify({
      thread1: { active_clients: clients },
      thread2: { active_clients: { "2-1": request("/old", 500) } },
    }),
  );
  assert.ok(told.ok);
  assert.equal(told.value.inFlight, 61);
  assert.equal(told.value.groups.length, maxGroups);
  assert.equal(told.value.groups.at(-1)?.path, "/old");
});

test("the oldest request is named with its path and what share of all it is", () => {
  const client = (path: string, age: number) => ({
    current_request: { path, state: "WAITING_FOR_APP_OUTPUT", started_at: { relative_timestamp: -age } },
  });
  const clients = Object.fromEntries(
    Array.from({ length: 19 }, (_, at) => [`1-${at}`, client(at < 12 ? `/search?q=${at}` : "/", at === 3 ? 94 : 2)]),
  );
  const seen = parseNode(
    config,
    node,
    { xml: ok(xml), json: ok(JSON.stringify({ thread1: { active_clients: clients } })) },
    0,
  );
  const findings = judge(detailOf([seen]), manifest.rules).filter((finding) => finding.rule === "oldest-request");
  assert.deepEqual(
    findings.map(({ severity, message, subject }) => ({ severity, message, subject })),
    [
      {
        severity: "warning",
        message: "web-01: 12 of 19 requests are /search, oldest 1 min 34 s (limit 30 s)",
        subject: "/search",
      },
    ],
  );
});

test("an app filter takes a folder for a folder and not for a prefix", () => {
  const seen = (app: string) =>
    parseNode({ ...config, app }, node, { xml: ok(xml), json: ok(json) }, 0).apps.map((each) => each.label);
  assert.deepEqual(seen("/srv/lab/passenger/rackapp"), ["rackapp"]);
  assert.deepEqual(seen("/srv/lab/passenger/rack"), []);
  assert.deepEqual(seen("/srv/lab/passenger/"), ["rackapp", "pyapp", "nodeapp"]);
  assert.deepEqual(seen("/srv/lab/passenger/pyapp (staging)"), ["pyapp"]);
});

test("an uptime is read in all its spellings", () => {
  assert.equal(parseUptime("38s"), 38);
  assert.equal(parseUptime("1m 3s"), 63);
  assert.equal(parseUptime("2d 3h 0m 1s"), 183_601);
  assert.equal(parseUptime("soon"), null);
  assert.equal(parseUptime(undefined), null);
});

test("each way the tool can refuse is its own kind of failure", () => {
  const kind = (exitCode: number | null, stderr: string, stdout = "") =>
    failureOf({ exitCode, signal: null, stdout, stderr, droppedBytes: 0 }, "passenger-status", "web-01")?.kind ?? null;
  assert.equal(kind(0, ""), null);
  assert.equal(kind(1, recorded("20-not-running", "not-running.status.txt")), "not-running");
  assert.equal(kind(1, "", recorded("21-two-instances", "two-instances.status.txt")), "ambiguous-instance");
  assert.equal(kind(2, recorded("22-not-permitted", "not-permitted.stderr.txt")), "sudo-required");
  assert.equal(
    kind(1, "instance.rb:94:in `initialize': Permission denied - connect(2) for /x/core_api (Errno::EACCES)"),
    "sudo-required",
  );
  assert.equal(kind(1, "sudo: a password is required"), "sudo-required");
  assert.equal(
    kind(1, "Sorry, user monitor is not allowed to execute '/usr/sbin/passenger-status' as root on web-01."),
    "sudo-required",
  );
  assert.equal(kind(127, "sh: 1: passenger-status: not found"), "command-not-found");
  assert.equal(kind(1, "sudo: passenger-status: command not found"), "command-not-found");
  assert.equal(
    kind(1, "*** ERROR: there doesn't seem to be a Phusion Passenger(R) instance running with the name 'nosuch'."),
    "no-such-object",
  );
  assert.equal(kind(1, "socket.rb:452:in `__read_nonblock': Connection reset by peer (Errno::ECONNRESET)"), "reset");
  assert.equal(
    kind(1, "No such file or directory - connect(2) for /x/agents.s/core_api (Errno::ENOENT)"),
    "not-running",
  );
  assert.equal(kind(null, ""), "command-failed");
  assert.equal(kind(3, "something else"), "command-failed");
});
