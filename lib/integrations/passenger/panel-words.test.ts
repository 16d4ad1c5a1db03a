import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  PassengerDetail,
  PassengerNode,
  PassengerProcess,
  RequestGroup,
} from "#lib/integrations/passenger/detail.ts";
import { pathsOf, requestSentence, slotWords, stateOf } from "#lib/integrations/passenger/panel-words.ts";

const process: PassengerProcess = {
  pid: 4100,
  sessions: 0,
  concurrency: 1,
  full: false,
  memoryBytes: null,
  cpuPercent: null,
  processed: 0,
  uptimeS: 60,
  lastUsedAgoS: null,
  lifeStatus: "ALIVE",
  enabled: "ENABLED",
  stuck: false,
};

function node(name: string, requests: readonly RequestGroup[] | null): PassengerNode {
  return {
    name,
    host: name,
    failure: null,
    pool: { version: "6.0.17", max: 8, processes: 8, capacityUsed: 8, topLevelQueue: 0, queued: 3 },
    apps: [],
    requests,
    requestsFailure: null,
    inFlight: requests === null ? null : requests.reduce((sum, group) => sum + group.count, 0),
    restartable: true,
  };
}

function group(path: string, count: number, queued: number, oldestAgeS: number | null): RequestGroup {
  return { path, count, queued, inApp: count - queued, oldestAgeS, methods: ["GET"] };
}

function detail(...nodes: readonly PassengerNode[]): PassengerDetail {
  const told = nodes.flatMap((each) => each.inFlight ?? []);
  const inFlight = told.length === 0 ? null : told.reduce((sum, count) => sum + count, 0);
  return { nodes, totals: { nodes: nodes.length, answering: nodes.length, processes: 0, queued: 0, inFlight } };
}

test("requests of one path are added up over all hosts, with the oldest age of any", () => {
  const [first] = pathsOf(
    detail(node("web-01", [group("/search", 8, 3, 94)]), node("web-02", [group("/search", 4, 0, null)])),
  );
  assert.deepEqual(first, { path: "/search", count: 12, queued: 3, oldestAgeS: 94, nodes: ["web-01", "web-02"] });
});

test("the sentence names the path that holds most of the requests", () => {
  const seen = detail(node("web-01", [group("/search", 12, 0, 94), group("/health", 7, 0, 5)]));
  assert.equal(requestSentence(seen), "12 of 19 requests in flight are /search");
});

test("requests that could not be read are not told as none", () => {
  assert.equal(requestSentence(detail(node("web-01", null))), "requests in flight not known");
  assert.equal(requestSentence(detail(node("web-01", []))), "no request in flight");
});

test("a stuck process is shown as stuck even when it was told to leave", () => {
  assert.equal(stateOf({ ...process, enabled: "DETACHED", sessions: 1, stuck: true }), "stuck");
  assert.equal(stateOf({ ...process, enabled: "DETACHED", sessions: 1 }), "leaving");
  assert.equal(stateOf({ ...process, sessions: 1 }), "busy");
  assert.equal(stateOf(process), "idle");
});

test("slots that were not told are a dash, not a zero", () => {
  const blind = {
    ...node("web-01", []),
    pool: { version: null, max: null, processes: null, capacityUsed: null, topLevelQueue: null, queued: 0 },
  };
  assert.equal(slotWords(blind), "– / –");
});
