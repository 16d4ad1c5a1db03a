import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Agenda } from "#lib/poller/agenda.ts";
import {
  boundsFor,
  defaultBounds,
  nextDue,
  type Running,
  restBetween,
  roomFor,
  type Scheduled,
  spread,
  type Waiting,
} from "#lib/poller/schedule.ts";

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

function waiting(id: string, dueAt: number, rank = 0): Waiting & { readonly id: string } {
  return { id, slot: { rank }, dueAt };
}

function running(count: number, runningSince: number): Running[] {
  return Array.from({ length: count }, () => ({ runningSince }));
}

const idsOf = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id);

describe("what to poll now", () => {
  it("is the longest due first, then the more important", () => {
    const all = [waiting("late", 5), waiting("later", 9), waiting("root", 9, -1), waiting("not yet", 11)];
    assert.deepEqual(idsOf(new Agenda(all).takeDue(10, 9)), ["late", "root", "later"]);
  });

  it("is never a service that is being polled, which is not on the agenda", () => {
    const agenda = new Agenda([waiting("a", 0)]);
    assert.deepEqual(idsOf(agenda.takeDue(10, 9)), ["a"]);
    assert.deepEqual(agenda.takeDue(10, 9), []);
  });

  it("is in the same order however they came onto the agenda, and whatever left it", () => {
    const one = fc.record({ dueAt: fc.nat(20), rank: fc.nat(1_000) });
    const lists = fc.uniqueArray(one, { selector: ({ rank }) => rank, maxLength: 60 });
    fc.assert(
      fc.property(lists, fc.nat(20), fc.nat(70), (list, now, room) => {
        const all = list.map(({ dueAt, rank }) => waiting(`s${rank}`, dueAt, rank));
        const agenda = new Agenda(all.slice(0, 20));
        for (const each of all.slice(20)) agenda.put(each);
        for (const gone of all.filter(({ slot }) => slot.rank % 5 === 0)) agenda.drop(gone);
        const left = all
          .filter(({ slot }) => slot.rank % 5 !== 0)
          .sort((a, b) => a.dueAt - b.dueAt || a.slot.rank - b.slot.rank);
        const due = left.filter(({ dueAt }) => dueAt <= now).slice(0, room);
        assert.deepEqual(agenda.takeDue(now, room), due);
        assert.equal(agenda.nextAt(), left[due.length]?.dueAt ?? Number.POSITIVE_INFINITY);
      }),
    );
  });

  it("does not wait for targets that hang, however many", () => {
    assert.equal(roomFor(running(500, 0), 10_000), defaultBounds.starting);
  });

  it("is bounded in one go, so that a thousand at once become a few at a time", () => {
    const many = Array.from({ length: 1_000 }, (_, i) => waiting(`s${i}`, 0));
    assert.equal(new Agenda(many).takeDue(10, roomFor([], 10)).length, defaultBounds.starting);
    assert.equal(roomFor(running(60, 10), 10), defaultBounds.starting - 60);
    assert.equal(roomFor(running(defaultBounds.running, 0), 10_000), 0);
  });

  it("keeps up with a thousand checks a second though each takes longer than a poll counts as starting", () => {
    const bounds = boundsFor(Array.from({ length: 1_000 }, () => ({ intervalMs: 1_000 })));
    const { settleMs, starting } = bounds;
    assert.ok((starting * 1_000) / settleMs >= 2_000);
    assert.equal(boundsFor([{ intervalMs: 10_000 }]).starting, defaultBounds.starting);
  });

  it("comes in small groups, never more than 50 ms late for it", () => {
    const fleet = (intervalMs: number) => Array.from({ length: 1_000 }, () => ({ intervalMs }));
    assert.deepEqual(
      [1_000, 5_000, 20_000, 60_000].map((beat) => restBetween(fleet(beat))),
      [10, 30, 50, 50],
    );
    assert.equal(restBetween([]), 50);
  });
});
