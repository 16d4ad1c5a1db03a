import assert from "node:assert/strict";
import test from "node:test";
import { said } from "#lib/transports/said.ts";

const esc = String.fromCharCode(0x1b);

test("what was said is one line, and nothing when nothing was said", () => {
  assert.deepEqual(said(" two\r\n lines \t here\n"), { said: "two lines here" });
  assert.deepEqual(said(` ${esc}[0m\n`), {});
  assert.deepEqual(said(undefined), {});
  assert.ok((said("x".repeat(1_000_000)).said?.length ?? 0) <= 300);
});
