import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import fc from "fast-check";
import { commandWords, quoteWord, quoteWords } from "#lib/transports/ssh-quote.ts";

test("a real shell gives every word back as it was, whatever it holds", () => {
  const word = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0") && text.isWellFormed());
  const shellish = fc.array(
    fc.constantFrom("'", '"', "\\", "$", "`", "\n", " ", "!", "*", "~", "#", ";", "&", "=", "-", "a"),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          word,
          shellish.map((parts) => parts.join("")),
        ),
        { minLength: 1, maxLength: 50 },
      ),
      (words) => {
        const { stdout } = spawnSync("sh", ["-c", `printf '%s\\0' ${quoteWords(words)}`], { encoding: "utf8" });
        assert.deepEqual(stdout.split("\0").slice(0, -1), words);
      },
    ),
    { numRuns: 60 },
  );
});

test("harmless words stay readable, so that a forced command can recognise them", () => {
  assert.equal(quoteWords(["sudo", "-n", "passenger-status", "--show=xml"]), "sudo -n passenger-status --show=xml");
  assert.equal(quoteWord("=ls"), "'=ls'");
  assert.throws(() => quoteWord("a\0b"), TypeError);
});

test("variables go in front as words of env, and what is no name or no program is refused", () => {
  assert.deepEqual(commandWords(["id"]), ["id"]);
  assert.deepEqual(commandWords(["id", "-u"], { LC_ALL: "C", A: "x y" }), ["env", "LC_ALL=C", "A=x y", "id", "-u"]);
  for (const env of [{ "A=B": "1" }, { "": "1" }, { "1A": "1" }, { "A B": "1" }]) {
    assert.throws(() => commandWords(["id"], env), TypeError);
  }
  for (const program of ["", "-x", "A=1"]) assert.throws(() => commandWords([program]), TypeError);
});
