import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isTimeZone, type MaintenanceWindow, occurrencesAround, ruleTrouble } from "#lib/core/maintenance.ts";

const hourMs = 3_600_000;
const covers = { services: ["db"], groups: [], nodes: [] };

function window(from: string, timeZone: string, repeat: string | null, durationMs = hourMs): MaintenanceWindow {
  return { covers, note: "", timeZone, from, durationMs, repeat };
}

/** `2026-03-29T01:30Z`, or `-` for none. */
function words(span: { readonly from: number } | null): string {
  return span === null ? "-" : new Date(span.from).toISOString().replace(":00.000Z", "Z");
}

describe("planned work by a rule keeps to the clocks of its place", () => {
  const daily = "FREQ=DAILY";
  const weekly = "FREQ=WEEKLY;BYDAY=SU";
  const table = [
    // Berlin leaps from 02:00 to 03:00 on 29 March 2026: what is planned for 02:30 happens at 03:30 summer time.
    { is: window("2026-03-01T02:30", "Europe/Berlin", daily), at: "2026-03-28T12:00Z", next: "2026-03-29T01:30Z" },
    { is: window("2026-03-01T02:30", "Europe/Berlin", daily), at: "2026-03-29T12:00Z", next: "2026-03-30T00:30Z" },
    // The next window begins at 01:30 UTC the day before the leap and at 00:30 UTC after it.
    { is: window("2026-03-01T02:30", "Europe/Berlin", daily), at: "2026-03-27T12:00Z", next: "2026-03-28T01:30Z" },
    // Berlin has 02:30 twice on 25 October 2026: the first one counts.
    { is: window("2026-10-01T02:30", "Europe/Berlin", daily), at: "2026-10-24T12:00Z", next: "2026-10-25T00:30Z" },
    { is: window("2026-10-01T02:30", "Europe/Berlin", daily), at: "2026-10-25T12:00Z", next: "2026-10-26T01:30Z" },
    { is: window("2026-10-04T02:30", "Europe/Berlin", weekly), at: "2026-10-20T12:00Z", next: "2026-10-25T00:30Z" },
    // New York leaps from 02:00 to 03:00 on 8 March 2026.
    { is: window("2026-03-01T02:30", "America/New_York", daily), at: "2026-03-07T12:00Z", next: "2026-03-08T07:30Z" },
    { is: window("2026-03-01T02:30", "America/New_York", weekly), at: "2026-03-02T12:00Z", next: "2026-03-08T07:30Z" },
    { is: window("2026-03-01T02:30", "America/New_York", daily), at: "2026-03-08T12:00Z", next: "2026-03-09T06:30Z" },
    // New York has 01:30 twice on 1 November 2026.
    { is: window("2026-10-01T01:30", "America/New_York", daily), at: "2026-10-31T12:00Z", next: "2026-11-01T05:30Z" },
    { is: window("2026-10-01T01:30", "America/New_York", daily), at: "2026-11-01T12:00Z", next: "2026-11-02T06:30Z" },
    // Once, in both leaps.
    { is: window("2026-03-29T02:30", "Europe/Berlin", null), at: "2026-03-28T12:00Z", next: "2026-03-29T01:30Z" },
    { is: window("2026-11-01T01:30", "America/New_York", null), at: "2026-10-31T12:00Z", next: "2026-11-01T05:30Z" },
    { is: window("2026-11-01T01:30", "America/New_York", null), at: "2026-11-02T12:00Z", next: "-" },
    // An end is an instant, or a day; a count ends too.
    {
      is: window("2026-03-01T02:30", "Europe/Berlin", "FREQ=DAILY;UNTIL=20260329T013000Z"),
      at: "2026-03-28T12:00Z",
      next: "2026-03-29T01:30Z",
    },
    {
      is: window("2026-03-01T02:30", "Europe/Berlin", "FREQ=DAILY;UNTIL=20260328T000000Z"),
      at: "2026-03-27T12:00Z",
      next: "-",
    },
    { is: window("2026-03-01T02:30", "UTC", "FREQ=DAILY;COUNT=2"), at: "2026-03-01T12:00Z", next: "2026-03-02T02:30Z" },
    { is: window("2026-03-01T02:30", "UTC", "FREQ=DAILY;COUNT=2"), at: "2026-03-02T12:00Z", next: "-" },
    // The last Sunday of the month, at the wall's end of the year.
    {
      is: window("2026-01-25T22:00", "Pacific/Auckland", "FREQ=MONTHLY;BYDAY=-1SU"),
      at: "2026-12-30T12:00Z",
      next: "2027-01-31T09:00Z",
    },
  ];
  for (const { is, at, next } of table) {
    it(`${is.from} ${is.timeZone} ${is.repeat ?? "once"}: after ${at} comes ${next}`, () => {
      assert.equal(words(occurrencesAround(is, Date.parse(at)).next), next);
    });
  }
});

describe("a stretch of planned work", () => {
  it("lasts as long as it says, in real time, over both leaps of the clock", () => {
    for (const at of ["2026-03-29T02:00Z", "2026-10-25T02:30Z"]) {
      const night = window("2026-01-01T01:00", "Europe/Berlin", "FREQ=DAILY", 4 * hourMs);
      const { current } = occurrencesAround(night, Date.parse(at));
      assert.equal((current?.until ?? 0) - (current?.from ?? 0), 4 * hourMs);
    }
  });

  it("holds from its first instant and not at its end", () => {
    const night = window("2026-03-01T02:30", "Europe/Berlin", "FREQ=DAILY");
    const from = Date.parse("2026-03-29T01:30Z");
    assert.equal(occurrencesAround(night, from - 1).current, null);
    assert.equal(occurrencesAround(night, from).current?.from, from);
    assert.equal(occurrencesAround(night, from + hourMs - 1).current?.from, from);
    assert.equal(occurrencesAround(night, from + hourMs).current, null);
  });

  it("goes on until the last of those that overlap ends", () => {
    const long = window("2026-03-01T00:00", "UTC", "FREQ=DAILY", 36 * hourMs);
    const { current } = occurrencesAround(long, Date.parse("2026-03-05T06:00Z"));
    assert.equal(words(current), "2026-03-05T00:00Z");
  });

  it("follows its rule without a gap: what comes next holds when its time has come", () => {
    const zones = fc.constantFrom("Europe/Berlin", "America/New_York", "UTC", "Australia/Lord_Howe", "Asia/Kolkata");
    const rules = fc.constantFrom("FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=SU,WE", "FREQ=MONTHLY");
    const clock = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }));
    const now = fc.integer({ min: Date.parse("2026-02-01T00:00Z"), max: Date.parse("2027-02-01T00:00Z") });
    fc.assert(
      fc.property(zones, rules, clock, now, (zone, rule, [hour, minute], at) => {
        const two = (number: number) => String(number).padStart(2, "0");
        const is = window(`2026-01-03T${two(hour)}:${two(minute)}`, zone, rule);
        const { current, next } = occurrencesAround(is, at);
        assert.ok(next !== null && next.from > at);
        assert.deepEqual(occurrencesAround(is, next.from).current, next);
        if (current !== null) assert.ok(current.from <= at && at < current.until);
        // Between now and the next one, nothing else begins.
        const between = occurrencesAround(is, next.from - 1);
        assert.deepEqual(between.next, next);
      }),
    );
  });
});

it("a rule that cannot be followed is refused in words, before anything is planned", () => {
  const table = [
    { rule: "FREQ=WEEKLY;BYDAY=SU", says: null },
    { rule: "FREQ=HOURLY", says: /^FREQ=DAILY, WEEKLY/ },
    { rule: "BYDAY=SU", says: /^FREQ=DAILY, WEEKLY/ },
    { rule: "every sunday", says: /^a rule of RFC 5545 like/ },
    { rule: "FREQ=WEEKLY;FOO=1", says: /^a rule of RFC 5545 like/ },
    { rule: "FREQ=WEEKLY;BYDAY=XX", says: /BYDAY/ },
    { rule: "FREQ=DAILY;INTERVAL=0", says: /interval/ },
    { rule: "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", says: /^a rule/ },
    { rule: "", says: /^FREQ=DAILY, WEEKLY/ },
  ];
  for (const { rule, says } of table) {
    const trouble = ruleTrouble(rule, "2026-01-01T02:00");
    if (says === null) assert.equal(trouble, null);
    else assert.match(trouble ?? "", says, rule);
  }
  assert.deepEqual([isTimeZone("Europe/Berlin"), isTimeZone("Mars/Base")], [true, false]);
});
