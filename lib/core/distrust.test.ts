import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { blindSince, type Contact, interruptionOf, nextContact, type Reach } from "#lib/core/distrust.ts";
import { type FailureKind, failure } from "#lib/core/failure.ts";

function reach(host: string, kind: FailureKind | null, connected = false): Reach {
  return { host, failure: kind === null ? null : failure(kind, "", connected ? { connected } : {}) };
}

const intervalMs = 10_000;

function contact(host: string, startedAt: number, lostSince: number | null): Contact {
  return { startedAt, intervalMs, lostSince, hosts: lostSince === null ? [] : [host] };
}

function lost(count: number, from = 0, hosts = count): Contact[] {
  return Array.from({ length: count }, (_, n) => contact(`h${n % hosts}`, from + n * 100, from + n * 100));
}

function answered(count: number, from: number): Contact[] {
  return Array.from({ length: count }, (_, n) => contact(`a${n}`, from + n * 100, null));
}

describe("what a poll says of the network", () => {
  const lostOf = (...reaches: Reach[]) => nextContact(null, reaches, 5, intervalMs)?.lostSince;

  it("is that it is lost when nobody was reached by name, route or connection", () => {
    assert.equal(lostOf(reach("a", "timeout")), 5);
    assert.equal(lostOf(reach("a", "unreachable"), reach("b", "name-not-found"), reach("c", "refused")), 5);
  });

  it("is that it is there when anybody answered, whatever the answer was", () => {
    assert.equal(lostOf(reach("a", "timeout"), reach("b", null)), null);
    for (const kind of ["tls", "unauthorized", "not-http", "reset", "stalled", "malformed"] as const) {
      assert.equal(lostOf(reach("a", "timeout"), reach("b", kind)), null, kind);
    }
  });

  it("is that it is there when a connection stood before the target hung", () => {
    assert.equal(lostOf(reach("a", "timeout", true)), null);
  });

  it("is that it is there when this very machine refuses", () => {
    assert.equal(lostOf(reach("127.0.1.7", "refused")), null);
    assert.equal(lostOf(reach("localhost", "refused")), null);
    assert.equal(lostOf(reach("127.0.1.7", "timeout")), 5);
  });

  it("is nothing at all when nothing was asked over a network", () => {
    assert.equal(nextContact(null, [], 5, intervalMs), null);
  });

  it("counts all that hide behind one bastion as one host", () => {
    const behind = [reach("web-01", "bastion-failed"), reach("web-02", "bastion-failed")];
    assert.deepEqual(nextContact(null, behind, 5, intervalMs)?.hosts, ["bastion"]);
  });

  it("remembers since when", () => {
    const first = nextContact(null, [reach("a", "timeout")], 5, intervalMs);
    assert.equal(nextContact(first, [reach("a", "timeout")], 99, intervalMs)?.lostSince, 5);
    assert.equal(nextContact(first, [reach("a", null)], 99, intervalMs)?.lostSince, null);
  });
});

describe("Pitwall cannot see", () => {
  const table: readonly (readonly [string, readonly Contact[], number | null])[] = [
    ["when all at once is lost on many hosts", lost(5), 0],
    ["when most is, as far as it was asked again", [...lost(5), ...answered(3, -9_000)], 0],
    ["since the onset, whatever else was lost long before", [contact("old", 0, -60_000), ...lost(5)], 0],
    ["not when one host is lost with all its services", lost(8, 0, 1), null],
    ["nor when two are", lost(8, 0, 2), null],
    ["nor when too little is watched to tell", lost(2), null],
    ["nor when others still answer", [...lost(5), ...answered(2, 100)], null],
    ["nor when only a part is lost so far", [...lost(5), ...answered(5, -9_000)], null],
    [
      "nor when things were lost one by one over a long time",
      [0, 60_000, 120_000, 180_000].map((at, n) => contact(`h${n}`, 180_000, at)),
      null,
    ],
    [
      "when a large board loses everything for seconds, before it has asked all",
      [...lost(40), ...answered(900, -20_000).map((one) => ({ ...one, startedAt: -5 }))],
      0,
    ],
    [
      "not when a rack of a large board fails within a moment",
      [...lost(25), ...answered(900, -20_000).map((one) => ({ ...one, startedAt: -5 }))],
      null,
    ],
    ["nor when nothing is watched", [], null],
  ];
  for (const [promise, contacts, since] of table) it(promise, () => assert.equal(blindSince(contacts, null), since));

  it("until half of what was asked since has answered", () => {
    assert.equal(blindSince([...lost(4), ...answered(1, 10_000)], 0), 0);
    assert.equal(blindSince([...lost(3), ...answered(3, 10_000)], 0), null);
    assert.equal(
      blindSince(
        lost(5).map((one) => ({ ...one, startedAt: 900_000 })),
        0,
      ),
      0,
    );
  });

  it("never while more answers than is lost, nor by fewer than three", () => {
    const any = fc.array(
      fc.record({
        host: fc.constantFrom("a", "b", "c", "d"),
        at: fc.nat(20_000),
        is: fc.boolean(),
        for: fc.nat(40_000),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(any, fc.option(fc.nat(20_000)), (polls, before) => {
        const contacts = polls.map(({ host, at, is, for: ms }) => contact(host, at, is ? at - ms : null));
        const gone = contacts.filter(({ lostSince }) => lostSince !== null);
        const since = blindSince(contacts, before);
        if (since === null) return;
        assert.ok(gone.length >= 3);
        const answers = contacts.filter(({ lostSince, startedAt }) => lostSince === null && startedAt > since);
        assert.ok(gone.length > answers.length);
      }),
    );
  });

  it("says the same in whatever order the polls are looked at", () => {
    const contacts = fc.array(
      fc.record({ host: fc.constantFrom("a", "b", "c", "d"), at: fc.nat(9_000), is: fc.boolean() }),
      { minLength: 3, maxLength: 12 },
    );
    const pair = contacts.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(pair, ([one, other]) => {
        const of = (polls: typeof one) =>
          blindSince(
            polls.map(({ host, at, is }) => contact(host, at, is ? at : null)),
            null,
          );
        assert.equal(of(one), of(other));
      }),
    );
  });
});

describe("between two looks at the clocks", () => {
  const between = (now: number, tick: number) =>
    interruptionOf({ now: 1_000_000, tick: 500 }, { now: 1_000_000 + now, tick: 500 + tick });

  it("nothing happened when both went on together", () => {
    assert.equal(between(100, 100), null);
    assert.equal(between(5_000, 5_000), null);
    assert.equal(between(1_500, 100), null);
  });

  it("the poller stood still when both went far", () => {
    assert.deepEqual(between(7_000, 7_000), { kind: "stopped", forMs: 7_000 });
  });

  it("the clock jumped when one went without the other", () => {
    assert.deepEqual(between(3_600_100, 100), { kind: "clock", byMs: 3_600_000 });
    assert.deepEqual(between(-3_599_900, 100), { kind: "clock", byMs: -3_600_000 });
  });
});

describe("weighing a large board", () => {
  it("takes milliseconds for ten thousand services of which half are lost one by one", () => {
    const many = Array.from({ length: 10_000 }, (_, n) => contact(`h${n}`, n, n % 2 === 0 ? n - 5 : null));
    const begun = performance.now();
    blindSince(many, null);
    assert.ok(performance.now() - begun < 500);
  });
});
