import assert from "node:assert/strict";
import { test } from "node:test";
import { scoreOf } from "#components/board/finder-score.ts";

test("what was typed must be there as it was typed: letters far apart are no hit", () => {
  assert.equal(scoreOf("service Load balancer lb", "dra"), 0);
  assert.ok(scoreOf("action Drain a server Load balancer", "dra") > 0);
});

test("a name that begins so comes before one that only has it", () => {
  const begins = scoreOf("service Search search", "sea");
  const word = scoreOf("service Learn search learn", "sea");
  const inside = scoreOf("service Research r", "sea");
  assert.ok(begins > word && word > inside && inside > 0);
});

test("several words narrow it down, in any order, keywords included", () => {
  assert.ok(scoreOf("action Drain a server Load balancer", "balancer drain", ["no new sessions"]) > 0);
  assert.ok(scoreOf("action Drain a server Load balancer", "drain sessions", ["no new sessions"]) > 0);
  assert.equal(scoreOf("action Drain a server Load balancer", "drain postgres"), 0);
});
