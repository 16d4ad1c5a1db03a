import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import fc from "fast-check";
import { type Logger, pino } from "pino";
import { withoutCoreDumps } from "#lib/cli/serve.ts";
import { redactor } from "#lib/config/redactor.ts";
import { redactedLines, redactedLog } from "#lib/poller/guarded-output.ts";

const secret = "correct-horse\nbattery-staple";

function logged(write: (log: Logger) => void): string {
  let told = "";
  const log = pino(
    {},
    redactedLog(redactor([secret, "hunter2"]), (line) => {
      told += line;
    }),
  );
  write(log);
  return told;
}

test("a secret is found wherever a stream of output is cut into chunks", () => {
  const text = `before hunter2 after\nkey: correct-horse\nbattery-staple end\nlast hunter2`;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 12 }), (cuts) => {
      let told = "";
      const lines = redactedLines(redactor([secret, "hunter2"]), (part) => {
        told += part;
      });
      const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      for (let i = 1; i < at.length; i += 1) lines.write(text.slice(at[i - 1], at[i]));
      lines.end();
      return told.startsWith("before [secret] after\n") && !/hunter2|correct-horse|battery-staple/.test(told);
    }),
  );
});

test("no record of the log shows a secret: message, fields, keys, error, its stack, cause and parts", () => {
  const told = logged((log) => {
    const cause = new Error(`cause ${secret}`);
    const bug = new AggregateError([new Error("part hunter2")], `whole ${secret}`, { cause });
    log.error({ err: bug, deep: { list: ["hunter2", { hunter2: 1 }] } }, "it said hunter2");
    log.info(`${JSON.stringify({ secret })}`);
  });
  assert.ok(!/hunter2|correct-horse|battery-staple/.test(told), told);
  for (const line of told.trim().split("\n")) assert.doesNotThrow(() => JSON.parse(line), line);
});

test("a record stays JSON whatever a secret is made of", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 20 }), (value) => {
      let told = "";
      const log = pino(
        {},
        redactedLog(redactor([value]), (line) => {
          told += line;
        }),
      );
      log.info({ value }, `said ${value}`);
      assert.doesNotThrow(() => JSON.parse(told));
    }),
  );
});

test("a child has no core dumps, keeps its arguments, and speaks to its parent", () => {
  const argv = withoutCoreDumps([
    process.execPath,
    "-p",
    "require('fs').readFileSync('/proc/self/limits', 'utf8') + process.argv[1]",
    "a b'c",
  ]);
  const { stdout } = spawnSync(argv[0], argv.slice(1), { encoding: "utf8" });
  assert.match(stdout, /^Max core file size +0 +0 /m);
  assert.ok(stdout.trimEnd().endsWith("a b'c"));
});
