import { RRuleTemporal } from "rrule-temporal";
import { type Covers, holdsAt, type Span } from "#lib/core/planned.ts";

/** Planned work that is known beforehand: once, or again and again by a rule. */
export interface MaintenanceWindow {
  readonly covers: Covers;
  readonly note: string;
  /** IANA name: the times below are read on the clocks there. */
  readonly timeZone: string;
  /** When it begins, and when the rule's counting begins: `2026-11-22T02:00`, on the clock. */
  readonly from: string;
  readonly durationMs: number;
  /** RFC 5545 recurrence rule, without `RRULE:`; `null` for once. */
  readonly repeat: string | null;
}

const dayMs = 86_400_000;
/** Clocks are moved by less than this, anywhere and ever. */
const clockShiftMs = 3 * 3_600_000;
const parts =
  /^(?:(?:FREQ|INTERVAL|COUNT|UNTIL|BYDAY|BYMONTH|BYMONTHDAY|BYYEARDAY|BYWEEKNO|BYSETPOS|BYHOUR|BYMINUTE|WKST)=[A-Z0-9,+-]+)(?:;|$)/;

/**
 * The stretch of this window that holds at `now`, and the next one that begins later; `null` where there is none. Of
 * stretches that overlap, the one that ends last counts.
 *
 * The rule counts on the clock of the time zone. A time that the clocks leap over in spring happens as much later as they
 * leap, one that comes twice in autumn happens the first time (RFC 5545, 3.3.5); how long it lasts is real time.
 */
export function occurrencesAround(
  window: MaintenanceWindow,
  now: number,
): { readonly current: Span | null; readonly next: Span | null } {
  const spans = startsAround(window, now).map((from) => ({ from, until: from + window.durationMs }));
  const holding = spans.filter((span) => holdsAt(span, now));
  const later = spans.filter((span) => span.from > now);
  return {
    current: holding.reduce<Span | null>((a, b) => (a === null || b.until >= a.until ? b : a), null),
    next: later.reduce<Span | null>((a, b) => (a === null || b.from < a.from ? b : a), null),
  };
}

/** Why a rule cannot be used, as what was expected instead; `null` when it can. */
export function ruleTrouble(repeat: string, from: string): string | null {
  let rest = repeat;
  while (rest !== "") {
    const part = parts.exec(rest)?.[0];
    if (part === undefined) return "a rule of RFC 5545 like FREQ=WEEKLY;BYDAY=SU";
    rest = rest.slice(part.length);
  }
  if (!/(?:^|;)FREQ=(?:DAILY|WEEKLY|MONTHLY|YEARLY)(?:;|$)/.test(repeat)) {
    return "FREQ=DAILY, WEEKLY, MONTHLY or YEARLY";
  }
  try {
    const first = ruleOf(repeat, from, "UTC").next(new Date(Date.parse(`${from}Z`) - 1));
    return first === null ? "a rule that ever happens" : null;
  } catch (cause) {
    return `a rule of RFC 5545 that can be followed (${cause instanceof Error ? cause.message : String(cause)})`;
  }
}

/** Whether a time zone of this name is known. */
export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** When it begins, of all stretches that may hold at `now`, and the first one after. Epoch milliseconds. */
function startsAround({ timeZone, from, durationMs, repeat }: MaintenanceWindow, now: number): number[] {
  if (repeat === null) return [instantOf(from, timeZone)];
  const rule = ruleOf(repeat, from, timeZone);
  // What lies on the clock is looked for on the clock, with room for what the clocks were moved by.
  const clock = clockAt(now, timeZone);
  const near = rule.between(new Date(clock - durationMs - clockShiftMs), new Date(clock + clockShiftMs), true);
  const after = rule.next(new Date(clock + clockShiftMs));
  const found = after === null ? near : [...near, after];
  return found.map((time) => instantOf(time.toPlainDateTime().toString(), timeZone));
}

/** The rule on a clock that is never moved: what the zone's own clock does comes after. */
function ruleOf(repeat: string, from: string, timeZone: string): RRuleTemporal {
  const start = from.replaceAll(/[-:]/g, "").padEnd(15, "0");
  return new RRuleTemporal({ rruleString: `DTSTART:${start}Z\nRRULE:${untilOnClock(repeat, timeZone)}` });
}

/** An end given as an instant, read on the zone's clock like all other times of the rule. */
function untilOnClock(repeat: string, timeZone: string): string {
  return repeat.replace(
    /UNTIL=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/,
    (_, year, month, day, hour, minute, second) => {
      const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
      return `UNTIL=${new Date(clockAt(at, timeZone)).toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
    },
  );
}

/** What the clock shows at an instant, as if it were UTC. */
function clockAt(at: number, timeZone: string): number {
  const shown = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDateTime();
  return shown.toZonedDateTime("UTC").epochMilliseconds;
}

/** The instant at which the clocks of a time zone show this: `2026-11-22T02:00`. Epoch milliseconds. */
export function instantOf(clock: string, timeZone: string): number {
  const time = Temporal.PlainDateTime.from(clock);
  return time.toZonedDateTime(timeZone, { disambiguation: "compatible" }).epochMilliseconds;
}

/** No stretch of planned work is longer: what is out for good is taken out of the configuration. */
export const longestMaintenanceMs = 30 * dayMs;
