import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { defaultBounds, nextDue, pickDue, type Scheduled, spread, type Waiting } from "#lib/poller/schedule.ts";

const services = fc
  .uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 60 })
  .chain((ids) =>
    fc.tuple(
      ...ids.map((id) =>
        fc.record({
          id: fc.constant(id),
          intervalMs: fc.integer({ min: 1_000, max: 60_000 }),
          dependsOn: fc.subarray(ids, { maxLength: Math.min(3, ids.length) }),
        }),
      ),
    ),
  );

describe("the first polls", () => {
  it("all come within one interval of their service, each place used once", () => {
    fc.assert(
      fc.property(services, (list) => {
        const slots = spread(list, 0);
        assert.equal(slots.length, list.length);
        slots.forEach((slot, rank) => {
          const width = slot.intervalMs / slots.length;
          assert.ok(slot.firstAt >= Math.floor(rank * width) && slot.firstAt <= Math.ceil((rank + 1) * width));
        });
      }),
    );
  });

  it("never bunch: a thousand services of one interval are even to within twice the mean", () => {
    const many = Array.from({ length: 1_000 }, (_, i) => ({ id: `s${i}`, intervalMs: 20_000, dependsOn: [] }));
    const perSecond = new Map<number, number>();
    for (const { firstAt } of spread(many, 0)) {
      const second = Math.floor(firstAt / 1_000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }
    assert.ok(Math.max(...perSecond.values()) <= 100);
  });

  it("begin with what others depend on, at any distance", () => {
    const chain: Scheduled[] = [
      { id: "site", intervalMs: 1_000, dependsOn: ["app"] },
      { id: "app", intervalMs: 1_000, dependsOn: ["db"] },
      { id: "db", intervalMs: 1_000, dependsOn: [] },
    ];
    assert.deepEqual(
      spread(chain, 0).map((slot) => slot.id),
      ["db", "app", "site"],
    );
  });

  it("are the same for the same configuration", () => {
    fc.assert(fc.property(services, (list) => assert.deepEqual(spread(list, 7), spread(list, 7))));
  });
});

describe("the beat", () => {
  it("stays on its grid for good, and skips what was missed instead of making up for it", () => {
    fc.assert(
      fc.property(
        fc.record({ firstAt: fc.nat(100_000), intervalMs: fc.integer({ min: 1_000, max: 60_000 }) }),
        fc.nat(10_000_000),
        (slot, now) => {
          const due = nextDue(slot, now);
          assert.ok(due >= now);
          assert.equal((due - slot.firstAt) % slot.intervalMs, 0);
          assert.ok(due === slot.firstAt || due - now < slot.intervalMs);
        },
      ),
    );
  });
});

function waiting(id: string, dueAt: number, runningSince: number | null = null, rank = 0): Waiting {
  return { slot: { id, firstAt: dueAt, intervalMs: 1_000, rank }, dueAt, runningSince };
}

describe("what to poll now", () => {
  it("is the longest due first, then the more important", () => {
    const all = [waiting("late", 5), waiting("later", 9), waiting("root", 9, null, -1), waiting("not yet", 11)];
    assert.deepEqual(pickDue(all, 10), ["late", "root", "later"]);
  });

  it("is never a service that is being polled", () => {
    assert.deepEqual(pickDue([waiting("a", 0, 5)], 10), []);
  });

  it("does not wait for targets that hang, however many", () => {
    const hung = Array.from({ length: 500 }, (_, i) => waiting(`hung${i}`, 0, 0));
    assert.deepEqual(pickDue([...hung, waiting("good", 9_000)], 10_000), ["good"]);
  });

  it("is bounded in one go, so that a thousand at once become a few at a time", () => {
    const many = Array.from({ length: 1_000 }, (_, i) => waiting(`s${i}`, 0));
    assert.equal(pickDue(many, 10).length, defaultBounds.starting);
  });
});
