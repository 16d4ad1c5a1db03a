import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createRateLimits, type Limit, limits, networkOf } from "#lib/access/rate-limit.ts";

const start = 1_763_670_000_000;
const unlimited: Limit = {
  account: { burst: 1e9, perMinute: 1e9 },
  address: { burst: 1e9, perMinute: 1e9 },
  all: { burst: 1e9, perMinute: 1e9 },
};
const only = (limit: Partial<Limit>) => ({
  link: { ...unlimited, ...limit },
  try: unlimited,
  run: unlimited,
  api: unlimited,
});

test("a burst passes, the next is told when to come again, and then passes", () => {
  const taker = createRateLimits(only({ address: { burst: 3, perMinute: 6 } }));
  const ask = (now: number) => taker.take("link", { account: null, address: "192.0.2.1" }, now);
  for (let at = 0; at < 3; at += 1) assert.deepEqual(ask(start), { ok: true });
  assert.deepEqual(ask(start), { ok: false, retryAfterSeconds: 10 });
  assert.deepEqual(ask(start + 4_000), { ok: false, retryAfterSeconds: 6 });
  assert.deepEqual(ask(start + 10_000), { ok: true });
  assert.equal(ask(start + 10_000).ok, false);
});

test("one account is limited from however many addresses it is tried", () => {
  const taker = createRateLimits();
  const tried = Array.from(
    { length: 100 },
    (_, index) => taker.take("run", { account: "ada", address: `192.0.2.${index}` }, start).ok,
  );
  assert.equal(tried.filter(Boolean).length, limits.run.account.burst);
  assert.equal(taker.take("run", { account: "grace", address: "198.51.100.1" }, start).ok, true, "others are not");
});

test("all addresses of one IPv6 network count as one", () => {
  assert.equal(networkOf("2001:db8:1:2:aaaa::1"), networkOf("2001:0db8:0001:0002:ffff:1:2:3"));
  assert.notEqual(networkOf("2001:db8:1:2::1"), networkOf("2001:db8:1:3::1"));
  assert.equal(networkOf("::1"), "0:0:0:0::/64");
  assert.equal(networkOf("2001:db8::1.2.3.4"), "2001:db8:0:0::/64");
  assert.equal(networkOf("192.0.2.7"), "192.0.2.7");
  const taker = createRateLimits();
  const asked = Array.from(
    { length: 500 },
    (_, index) => taker.take("link", { account: null, address: `2001:db8::${index.toString(16)}` }, start).ok,
  );
  assert.equal(asked.filter(Boolean).length, limits.link.address.burst);
});

test("a hundred thousand addresses are bounded together, in time and in memory", () => {
  const taker = createRateLimits();
  const before = process.memoryUsage().heapUsed;
  const began = performance.now();
  let passed = 0;
  for (let index = 0; index < 100_000; index += 1) {
    const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
    if (taker.take("link", { account: null, address }, start + index).ok) passed += 1;
  }
  const seconds = 100;
  const { burst, perMinute } = limits.link.all;
  assert.ok(passed <= burst + (perMinute / 60) * seconds + 1, `${passed} passed`);
  assert.ok(taker.remembered() <= 20_000, `${taker.remembered()} remembered`);
  assert.ok(process.memoryUsage().heapUsed - before < 64e6);
  assert.ok(performance.now() - began < 20_000);
});

test("however many names come, few are remembered, and the latest is among them", () => {
  const taker = createRateLimits(only({ address: { burst: 1, perMinute: 1 } }));
  for (let index = 0; index < 200_000; index += 1)
    taker.take("link", { account: null, address: `host-${index}` }, start);
  assert.ok(taker.remembered() <= 20_000, `${taker.remembered()} remembered`);
  assert.equal(taker.take("link", { account: null, address: "host-199999" }, start).ok, false);
});

test("over any stretch no more pass than the burst and what refilled", () => {
  const steps = fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 600 }), (gaps, burst, perMinute) => {
      const taker = createRateLimits(only({ account: { burst, perMinute } }));
      let now = start;
      let passed = 0;
      for (const gap of gaps) {
        now += gap;
        if (taker.take("link", { account: "one", address: null }, now).ok) passed += 1;
      }
      assert.ok(passed <= burst + ((now - start) / 60_000) * perMinute + 1e-6);
      assert.ok(passed >= Math.min(gaps.length, burst));
    }),
  );
});

test("a clock that is set back locks nobody out for longer than a full refill", () => {
  const taker = createRateLimits(only({ account: { burst: 2, perMinute: 60 } }));
  const ask = (now: number) => taker.take("link", { account: "one", address: null }, now);
  ask(start);
  const taken = ask(start - 3_600_000);
  assert.ok(taken.ok || taken.retryAfterSeconds <= 2);
  assert.equal(ask(start - 3_600_000 + 2_000).ok, true);
});
