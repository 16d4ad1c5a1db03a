import assert from "node:assert/strict";
import { test } from "node:test";
import { deployGoingOn } from "#lib/remediation/deploys.ts";

const now = 1_000 * 3_600_000;
const minute = 60_000;
const deploy = (
  minutesAgo: number,
  state: "begun" | "ended" | null,
  text = "shop 4.2.0",
  serviceId: string | null = "web",
) => ({
  at: now - minutesAgo * minute,
  state,
  text: state === null ? text : `${text} ${state === "begun" ? "began" : "ended"}`,
  serviceId,
  actor: "ci",
});

test("a deploy that began goes on until it tells its end, however long it takes within the hour", () => {
  assert.equal(
    deployGoingOn([deploy(12, "begun")], "web", now),
    "shop 4.2.0 began, by ci, 12 min ago, and nothing told that it ended",
  );
  assert.equal(deployGoingOn([deploy(1, "ended"), deploy(12, "begun")], "web", now), null);
  assert.equal(deployGoingOn([deploy(61, "begun")], "web", now), null);
});

test("the end of one deploy is not the end of another, and a later beginning counts anew", () => {
  assert.notEqual(deployGoingOn([deploy(1, "ended", "api 7"), deploy(2, "begun")], "web", now), null);
  assert.notEqual(deployGoingOn([deploy(1, "begun"), deploy(2, "ended"), deploy(3, "begun")], "web", now), null);
});

test("one that told neither may still go on for five minutes", () => {
  assert.equal(deployGoingOn([deploy(2, null)], "web", now), "shop 4.2.0, by ci, 2 min ago, and may still go on");
  assert.equal(deployGoingOn([deploy(6, null)], "web", now), null);
});

test("a deploy of another service is none of ours, and one of everything is", () => {
  assert.equal(deployGoingOn([deploy(1, "begun", "shop", "db")], "web", now), null);
  assert.notEqual(deployGoingOn([deploy(1, "begun", "shop", null)], "web", now), null);
});
