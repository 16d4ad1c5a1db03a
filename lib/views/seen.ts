import type { Sight } from "#lib/access/sight.ts";
import type { Reading } from "#lib/store/open-store.ts";
import { listEveryService } from "#lib/store/services.ts";
import type { BoardService, RunMark } from "#lib/wire/board.ts";
import type { Run } from "#lib/wire/run.ts";
import type { TimelineEvent } from "#lib/wire/timeline.ts";

/** What may be told of services to somebody: which of them he sees, and words without the names of the others. */
export interface Seen {
  readonly whole: boolean;
  readonly has: (serviceId: string) => boolean;
  /** The text without names and ids of services that are hidden from him. */
  readonly without: (text: string) => string;
}

/** In place of what may not be named. */
export const unseenService = "a service you may not see";

const everything: Seen = { whole: true, has: () => true, without: (text) => text };

/** Looks up which services there ever were, unless all may be seen. */
export async function readSeen(reading: Reading, sight: Sight): Promise<Seen> {
  if (sight.whole) return everything;
  const all = await listEveryService(reading);
  const seen = new Set(all.filter(sight.sees).map(({ id }) => id));
  const named = new Set(all.filter(({ id }) => seen.has(id)).flatMap(({ id, name }) => [id, name]));
  const hidden = all.filter(({ id }) => !seen.has(id)).flatMap(({ id, name }) => [id, name]);
  const words = patternOf(hidden.filter((name) => !named.has(name)));
  return {
    whole: false,
    has: (serviceId) => seen.has(serviceId),
    without: (text) => (words === null ? text : text.replace(words, unseenService)),
  };
}

/** Whole words only: a hidden `db` must not spoil `feedback`. Longest first, for one name may begin another. */
function patternOf(names: readonly string[]): RegExp | null {
  const literals = [...new Set(names)]
    .filter((name) => name !== "")
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  if (literals.length === 0) return null;
  return new RegExp(`(?<![\\p{L}\\p{N}_])(?:${literals.join("|")})(?![\\p{L}\\p{N}_])`, "gu");
}

/** A service without what it tells of those that are hidden. */
export function cutService(service: BoardService, seen: Seen): BoardService {
  if (seen.whole) return service;
  const { found, failure } = service;
  const findings = service.findings
    .filter(({ subject, pointsAt }) => pointsAt === undefined || pointsAt !== subject || seen.has(pointsAt))
    .map(({ pointsAt, ...finding }) => ({
      ...finding,
      message: seen.without(finding.message),
      ...(finding.clause === undefined ? {} : { clause: seen.without(finding.clause) }),
      ...(pointsAt === undefined || !seen.has(pointsAt) ? {} : { pointsAt }),
    }));
  const blamed = service.findings.flatMap(({ pointsAt }) => (pointsAt && !seen.has(pointsAt) ? [pointsAt] : []));
  return {
    ...service,
    dependsOn: service.dependsOn.filter(seen.has),
    ...(found === undefined
      ? {}
      : {
          found: found
            .filter(({ id }) => seen.has(id))
            .map((each) => ({ ...each, evidence: each.evidence.map(seen.without) })),
        }),
    activeRun: service.activeRun === null ? null : cutMark(service.activeRun, seen),
    summary: seen.without(service.summary),
    findings,
    failure: failure === null ? null : { ...failure, what: seen.without(failure.what) },
    detail: blamed.length === 0 ? service.detail : withoutWords(service.detail, new Set(blamed)),
  };
}

/** An event as it may be told; `null` when it is of a hidden service, or of all in words that name one. */
export function cutEvent<E extends TimelineEvent>(event: E, seen: Seen): E | null {
  if (seen.whole) return event;
  const text = seen.without(event.text);
  if (event.serviceId !== null) return seen.has(event.serviceId) ? { ...event, text } : null;
  const toAll = ["poller", "deploy", "note", "config"].includes(event.kind);
  return toAll && text === event.text ? event : null;
}

export function cutEvents<E extends TimelineEvent>(events: readonly E[], seen: Seen): E[] {
  return seen.whole ? [...events] : events.flatMap((event) => cutEvent(event, seen) ?? []);
}

/** A run of a service he sees, without names of others in what it found. */
export function cutRun(run: Run, seen: Seen): Run {
  if (seen.whole) return run;
  const { id, serviceId, serviceName, action, params } = run;
  return { ...mapTexts(run, seen.without), id, serviceId, serviceName, action, params };
}

export function cutMark(mark: RunMark, seen: Seen): RunMark {
  return mark.verdict === null ? mark : { ...mark, verdict: seen.without(mark.verdict) };
}

/** The same value without names of others in any text of it. */
export function cutTexts<T>(value: T, seen: Seen): T {
  return seen.whole ? value : mapTexts(value, seen.without);
}

function withoutWords(value: unknown, words: ReadonlySet<string>): unknown {
  return mapTexts(value, (text) => (words.has(text) ? unseenService : text));
}

/** The same value with each text in it, however deep, told by `tell`; names of fields stay. */
function mapTexts<T>(value: T, tell: (text: string) => string): T {
  if (typeof value === "string") return tell(value) as T;
  if (Array.isArray(value)) return value.map((each: unknown) => mapTexts(each, tell)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapTexts(each, tell)])) as T;
}
