import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import type { Collector } from "#lib/integrations/integration.ts";
import { collect } from "#lib/poller/collect.ts";
import { createTransports } from "#lib/transports/transports.ts";

const transports = createTransports({ hosts: {}, secret: () => err(failure("secret-missing", "none here")) });

async function run(collector: Collector, stop = new AbortController().signal, timeoutMs = 50) {
  const secret = () => err(failure("secret-missing", "none here"));
  return await collect(
    collector,
    { config: {}, transports, secret, timeoutMs, now: Date.now, previous: undefined },
    stop,
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

  it("is aborted when its service leaves, also before it began", async () => {
    const stop = new AbortController();
    const running = run(() => new Promise(() => undefined), stop.signal, 60_000);
    stop.abort();
    const { result } = await running;
    assert.ok(!result.ok && result.error.kind === "aborted");
    const late = await run(() => new Promise(() => undefined), stop.signal, 60_000);
    assert.ok(!late.result.ok && late.result.error.kind === "aborted");
  });
});
