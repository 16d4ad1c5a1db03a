import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import type { Collector } from "#lib/integrations/integration.ts";
import { collect } from "#lib/poller/collect.ts";
import { Ending } from "#lib/poller/ending.ts";
import { createTransports } from "#lib/transports/transports.ts";

const transports = createTransports({
  reach: onLoopback,
  hosts: {},
  secret: () => err(failure("secret-missing", "none here")),
});

async function run(collector: Collector, ending = new Ending(), timeoutMs = 50) {
  const secret = () => err(failure("secret-missing", "none here"));
  return await collect(
    collector,
    { config: {}, transports, secret, timeoutMs, now: Date.now, previous: undefined },
    ending,
  );
}

describe("a collector", () => {
  it("that throws is a failure of Pitwall, and the bug is kept for the log", async () => {
    const { result, bug } = await run(() => Promise.reject(new TypeError("no such thing")));
    assert.ok(!result.ok && result.error.kind === "internal");
    assert.ok(bug instanceof TypeError);
    const thrown = await run(() => {
      throw new RangeError("at once");
    });
    assert.ok(!thrown.result.ok && thrown.result.error.kind === "internal");
  });

  it("that ignores its abort is left behind at the deadline", async () => {
    const { result, abandoned } = await run(() => new Promise(() => undefined));
    assert.ok(!result.ok && result.error.kind === "timeout");
    assert.equal(abandoned, true);
  });

  it("that heeds its abort is a timeout as well, whatever it calls it", async () => {
    const heeds: Collector = ({ signal }) =>
      new Promise((done) => signal.addEventListener("abort", () => done(err(failure("aborted", "stopped")))));
    const { result, abandoned } = await run(heeds);
    assert.ok(!result.ok && result.error.kind === "timeout");
    assert.equal(abandoned, false);
  });

  it("may tell at the deadline what it has so far", async () => {
    const partial: Collector = ({ signal }) =>
      new Promise((done) => signal.addEventListener("abort", () => done(ok({ detail: { half: true }, metrics: [] }))));
    const { result } = await run(partial);
    assert.ok(result.ok);
  });

  it("cannot bring in what acts on a page or a terminal, whatever its kind forgot", async () => {
    const esc = String.fromCharCode(0x1b);
    const raw = { said: `${esc}]0;owned`, [`\u202ename`]: ["\0", 1, null], long: "x".repeat(1_000_000) };
    const { result } = await run(async () => ok({ detail: raw, metrics: [{ id: "a", node: "\u200b", value: 1 }] }));
    assert.ok(result.ok);
    const { long, ...detail } = result.value.detail as Record<string, unknown>;
    assert.deepEqual(detail, { said: "␛]0;owned", "⟨U+202E⟩name": ["␀", 1, null] });
    assert.ok(String(long).length <= 8_000);
    assert.equal(result.value.metrics[0]?.node, "⟨U+200B⟩");
    const failed = await run(async () => err(failure("malformed", `${esc}[2J`, { said: "a\u2066b" })));
    assert.deepEqual(failed.result, err(failure("malformed", "␛[2J", { said: "a⟨U+2066⟩b" })));
  });

  it("is aborted when its service leaves, also before it began", async () => {
    const ending = new Ending();
    const running = run(() => new Promise(() => undefined), ending, 60_000);
    ending.leave();
    const { result } = await running;
    assert.ok(!result.ok && result.error.kind === "aborted");
    const late = await run(() => new Promise(() => undefined), ending, 60_000);
    assert.ok(!late.result.ok && late.result.error.kind === "aborted");
  });

  it("is not ended by the deadline of the poll before", async () => {
    const ending = new Ending();
    const signals: AbortSignal[] = [];
    const hangs: Collector = ({ signal }) => {
      signals.push(signal);
      return new Promise(() => undefined);
    };
    assert.equal((await run(hangs, ending)).abandoned, true);
    const answers: Collector = async ({ signal }) => {
      signals.push(signal);
      return ok({ detail: null, metrics: [] });
    };
    assert.ok((await run(answers, ending)).result.ok);
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, false],
    );
  });
});
