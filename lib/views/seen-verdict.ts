import { findTroubles } from "#lib/core/root-cause.ts";
import { subjectsOf } from "#lib/core/subject.ts";
import { unplanned, verdictOf } from "#lib/core/verdict.ts";
import type { Seen } from "#lib/views/seen.ts";
import type { BoardService, PollerDto, Verdict } from "#lib/wire/board.ts";

/**
 * The verdict over what somebody may see. Where the root of a trouble he sees is hidden from him, the sentence says so
 * without naming it: else he would take a symptom for the cause, and restart what is not broken.
 */
export function seenVerdict(
  services: readonly BoardService[],
  told: readonly BoardService[],
  seen: Seen,
  now: number,
  blind: string | null,
): Verdict {
  const verdict = verdictOf(told, now, blind === null || seen.whole ? blind : blindWords);
  if (seen.whole) return verdict;
  const troubled = symptomsOfHidden(services, seen, now);
  if (blind !== null || troubled.length === 0) return verdict;
  const [first] = troubled;
  const whose = troubled.length === 1 ? `of ${first?.name}` : `of ${troubled.length} services`;
  return {
    ...verdict,
    sentence: `${verdict.sentence}; the cause ${whose} lies in a service you may not see`,
    // What helps would be done to the symptom.
    actions: verdict.actions.filter(({ serviceId }) => !troubled.some(({ id }) => id === serviceId)),
  };
}

const blindWords = "Pitwall itself cannot see right now";

/** Those he sees whose trouble begins at one he does not. */
export function symptomsOfHidden(services: readonly BoardService[], seen: Seen, now: number): BoardService[] {
  if (seen.whole) return [];
  const hidden = unplanned(findTroubles(subjectsOf(services, now))).filter(({ root }) => !seen.has(root.id));
  const ids = new Set(hidden.flatMap(({ symptoms }) => symptoms.map(({ id }) => id)).filter(seen.has));
  return services.filter(({ id }) => ids.has(id));
}

/** What the poller cannot do about its own affairs may name what is watched, so the reason is for those who see it all. */
export function seenPoller(poller: PollerDto, seen: Seen): PollerDto {
  if (seen.whole) return poller;
  const notices = poller.notices.map((notice) => ({ ...notice, message: `${noticeWords} (${notice.kind})` }));
  return { ...poller, notices };
}

const noticeWords = "Pitwall has trouble of its own; who sees all services is told more";
