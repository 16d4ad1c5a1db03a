import assert from "node:assert/strict";
import test from "node:test";
import { confirmationWords } from "#components/board/confirmation-words.ts";

test("a status that is not confirmed says how far it is, and what waits for it", () => {
  const soft = { status: "critical", state: "soft", attempt: { n: 1, of: 3 }, flapping: false } as const;
  assert.equal(confirmationWords(soft)?.short, "confirming 1 of 3");
  assert.match(confirmationWords(soft)?.why ?? "", /^The trouble was seen by 1 of 3 polls/);
  const recovery = confirmationWords({ ...soft, status: "ok", attempt: { n: 1, of: 2 } });
  assert.match(recovery?.why ?? "", /^The recovery was seen by 1 of 2 polls/);
});

test("flapping is said before all else", () => {
  const flapping = { status: "ok", state: "soft", attempt: { n: 1, of: 2 }, flapping: true } as const;
  assert.equal(confirmationWords(flapping)?.short, "flapping");
});

test("nothing is said of what is confirmed, of what does not count, and of boards that were frozen before it was known", () => {
  assert.equal(confirmationWords({ status: "ok", state: "hard", attempt: { n: 2, of: 2 }, flapping: false }), null);
  assert.equal(
    confirmationWords({ status: "unknown", state: "soft", attempt: { n: 0, of: 3 }, flapping: false }),
    null,
  );
  assert.equal(confirmationWords({ status: "critical" }), null);
});
