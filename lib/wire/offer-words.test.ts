import assert from "node:assert/strict";
import { test } from "node:test";
import { offerMark, offerWords } from "#lib/wire/offer-words.ts";

const day = 86_400_000;

test("a button tells how often it helped and when it was last tried out, and nothing where nobody knows", () => {
  const record = { helped: 4, of: 5, sameSymptom: true };
  assert.equal(
    offerWords({ record, drill: { at: 0, passed: true } }, 6 * day),
    "worked 4 of 5 times for this symptom, last drill 6 d ago",
  );
  assert.equal(offerWords({ record: { ...record, sameSymptom: false } }, 0), "worked 4 of 5 times");
  assert.equal(offerWords({ drill: { at: 0, passed: false } }, day), "last drill 24 h ago, it failed");
  assert.equal(offerWords({ drill: { at: 0, passed: true } }, null), "last drill 1970-01-01");
  assert.equal(offerWords({}, 0), null);
  assert.equal(offerMark({}), null);
  assert.equal(offerMark({ record }), "4/5");
});
