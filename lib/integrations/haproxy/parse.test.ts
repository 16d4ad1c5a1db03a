import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { ok } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import { metricsOf } from "#lib/integrations/haproxy/collector.ts";
import { haproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { manifest } from "#lib/integrations/haproxy/manifest.ts";
import { observe } from "#lib/integrations/haproxy/observe.ts";
import {
  type ProcessReading,
  parseInfo,
  parseServerStates,
  parseSocketAnswer,
  parseStatCsv,
  parseStatJson,
} from "#lib/integrations/haproxy/parse.ts";
import { checkOf } from "#lib/integrations/haproxy/status.ts";

const recording = (file: string) => readFileSync(path.join(import.meta.dirname, "fixtures", file), "utf8");
const csv = recording("drain/1.stat-10-web2-drain.csv");
const states = recording("drain/1.servers-state-web2-drain.txt");
const info = recording("drain/1.show-info.txt");
const answer = `admin\n\n${info}\n${csv}\n${states}\n`;
const config = haproxyConfig.parse({ processes: [{ name: "lb-1", socket: "/run/haproxy.sock" }] });

test("whatever bytes come, parsing is a value and never a throw", () => {
  const parsers = [parseSocketAnswer, parseStatCsv, parseStatJson, parseInfo, parseServerStates];
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 2_000 }), broken(csv), broken(answer)), (text) => {
      for (const parse of parsers) parse(text);
      const reading = parseSocketAnswer(text);
      if (reading.ok) judge(observe(config, [reading], undefined, 0), manifest.rules);
    }),
    { numRuns: 500 },
  );
});

test("an answer that is cut off anywhere is malformed or whole, never a shorter truth", () => {
  const whole = parseSocketAnswer(answer);
  assert.ok(whole.ok);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: answer.indexOf("# be_id") - 3 }), (length) => {
      const cut = parseSocketAnswer(answer.slice(0, length));
      assert.ok(!cut.ok && cut.error.kind === "malformed");
    }),
    { numRuns: 300 },
  );
});

test("counters in any order never make a negative rate", () => {
  const counter = fc.oneof(fc.integer({ min: 0, max: 1_000_000 }), fc.constant(0));
  fc.assert(
    fc.property(
      fc.array(fc.record({ counter, uptime: fc.nat(1_000), waitMs: fc.nat(20_000) }), { maxLength: 12 }),
      (polls) => {
        let [detail, at]: [HaproxyDetail | undefined, number] = [undefined, 1_000_000];
        for (const poll of polls) {
          at += poll.waitMs;
          detail = observe(config, [ok(readingWith(poll.counter, poll.uptime))], detail, at);
          for (const metric of metricsOf(detail)) {
            assert.ok(
              metric.value === null || (metric.value >= 0 && Number.isFinite(metric.value)),
              JSON.stringify(metric),
            );
          }
        }
      },
    ),
  );
});

test("while a check runs, code and words of the finished one are kept", () => {
  const [done, running] = ["L7STS,503,2,Service Unavailable", "* L7STS,0,2,"].map((check) => {
    const rows = parseStatCsv(
      `# pxname,svname,type,check_status,check_code,check_duration,last_chk,\nbe,web-01,2,${check},\n`,
    );
    assert.ok(rows.ok && rows.value[0]);
    return rows.value[0];
  });
  assert.ok(done && running);
  const before = checkOf(done, null, undefined);
  const now = checkOf(running, before, undefined);
  assert.equal(now?.running, true);
  assert.deepEqual([now?.code, now?.said, now?.reason], [503, "Service Unavailable", before?.reason]);
  assert.equal(checkOf(running, null, undefined)?.code, null);
});

test("a process that was silent for a poll still has its rate over the whole gap", () => {
  const silent = { ok: false as const, error: { kind: "timeout" as const, what: "no answer" } };
  const first = observe(config, [ok(readingWith(100, 100))], undefined, 0);
  const gap = observe(config, [silent], first, 5_000);
  const third = observe(config, [ok(readingWith(200, 110))], gap, 10_000);
  assert.equal(third.backends[0]?.rates.sessionsPerS, 10);
});

function readingWith(counter: number, uptimeS: number): ProcessReading {
  const header =
    "# pxname,svname,type,status,weight,act,bck,stot,req_tot,hrsp_2xx,hrsp_5xx,wretr,wredis,econ,bin,bout,qcur,scur,";
  const counters = Array(9).fill(counter).join(",");
  const rows = parseStatCsv(
    `${header}\nbe,web-01,2,UP,1,1,0,${counters},0,0,\nbe,BACKEND,1,UP,1,1,0,${counters},0,0,\n`,
  );
  assert.ok(rows.ok);
  const start = { startedAt: null, pid: null, version: null, sessions: null, sessionsLimit: null, idlePercent: null };
  return { rows: rows.value, info: { ...start, uptimeS }, level: "admin", states: null };
}

/** A good text with a piece cut out, doubled or replaced. */
function broken(text: string): fc.Arbitrary<string> {
  const place = fc.nat(text.length - 1);
  return fc
    .tuple(place, fc.nat(400), fc.string({ unit: "binary", maxLength: 20 }))
    .map(([at, length, noise]) => `${text.slice(0, at)}${noise}${text.slice(at + length)}`);
}
