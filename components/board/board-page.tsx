"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { BoardPanels } from "#components/board/board-panels.tsx";
import { BoardTimeline } from "#components/board/board-timeline.tsx";
import { FirstLines } from "#components/board/first-lines.tsx";
import { PageTitle } from "#components/board/page-title.tsx";
import type { ShownBoard } from "#components/board/shown-board.ts";
import { silenceOf } from "#components/board/silence-watch.tsx";
import { useLiveBoard } from "#components/board/use-live-board.ts";
import { VerdictSection } from "#components/board/verdict-section.tsx";
import { CareBar } from "#components/incident/care-bar.tsx";
import { ChangesPanel } from "#components/moment/changes-panel.tsx";
import { held, type SpanMs, spans, stepFrom, stepOfKey } from "#components/moment/moment.ts";
import { MomentBanner } from "#components/moment/moment-banner.tsx";
import { useMoment } from "#components/moment/moment-provider.tsx";
import { useCourse } from "#components/moment/use-course.ts";
import { useShownMoment } from "#components/moment/use-shown-moment.ts";
import { useRunHost } from "#components/run/run-host.tsx";
import { fittingRunbooks, runbookHref, useRunbooks } from "#components/runbook/runbooks.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { Empty } from "#components/ui/empty.tsx";
import type { Board } from "#lib/wire/board.ts";
import { timelineQuery } from "#lib/wire/queries.ts";
import type { RunbookMarkView } from "#lib/wire/runbook.ts";
import type { Timeline } from "#lib/wire/timeline.ts";

/** The board, live or at a moment of the past: a sentence, the panels, what changed, the last hours. */
export function BoardPage({
  timeline,
  moment,
}: {
  readonly timeline: Timeline;
  /** The board at the moment that the address asks for, as the server painted it. */
  readonly moment: Board | null;
}) {
  const live = useLiveBoard();
  const { shown, now, past, arriving, problem } = useShownMoment(moment);
  const { openAction, openRun } = useRunHost();
  const runbooks = useRunbooks();
  const silence = silenceOf(live);
  if (live.shown.services.length === 0) {
    return (
      <>
        <PageTitle />
        <FirstLines />
      </>
    );
  }
  const onAction = past ? null : openAction;
  const broke = past ? null : onsetOf(shown);
  return (
    <>
      <PageTitle />
      <MomentBanner arriving={arriving} problem={problem} />
      {past && shown.services.length === 0 ? (
        <Empty title="Nothing was measured by then">The history that is kept begins later.</Empty>
      ) : past || silence === null ? (
        <VerdictSection
          verdict={shown.verdict}
          onAction={onAction}
          blockedOf={(action) => blockedIn(shown, action)}
          runbooks={past ? [] : offered(shown, runbooks)}
        />
      ) : (
        <div className="h-4" />
      )}
      {!past && (
        // Out of sight and not gone while the page is silent: what somebody is typing into its dialog is not lost.
        <div className={silence === null ? "-mt-1 mb-3" : "hidden"}>
          <CareBar
            service={
              shown.services.find(({ service }) => service.id === shown.verdict.chain[0]?.serviceId)?.service ?? null
            }
            services={live.board.services}
            now={now}
          />
        </div>
      )}
      <BoardPanels services={shown.services} now={now} onAction={onAction} linked />
      {(past || broke !== null) && (
        <div className="mt-3">
          <ChangesPanel at={broke ?? now} broke={broke !== null} />
        </div>
      )}
      <DraggedTimeline first={timeline} now={live.now} onRun={openRun} />
    </>
  );
}

/** While the past is shown the timeline stays in sight, so that one sees the board change while dragging. */
function DraggedTimeline({
  first,
  now,
  onRun,
}: {
  readonly first: Timeline;
  readonly now: number;
  readonly onRun: (runId: string) => void;
}) {
  const router = useRouter();
  const { at, go, spanMs, setSpanMs } = useMoment();
  const given = Math.round(first.to - first.from) === spanMs;
  const { data = first } = useQuery({
    ...timelineQuery(spanMs),
    placeholderData: keepPreviousData,
    ...(given ? { initialData: first, initialDataUpdatedAt: first.to } : {}),
  });
  const course = useCourse();
  const onKey = (key: string, shift: boolean) => {
    const asked = stepOfKey(key, shift);
    if (asked === null) return false;
    go(stepFrom(at, asked.step, asked.direction, course));
    return true;
  };
  return (
    <div className={classNames("mt-3", at !== null && "sticky bottom-0 z-20 rounded-lg shadow-float")}>
      <BoardTimeline
        timeline={data}
        now={now}
        onRun={onRun}
        onIncident={(id) => router.push(`/incidents/${encodeURIComponent(id)}`)}
        travel={{
          at,
          go: (moment) => go(held(moment, course)),
          onKey,
          spanMs,
          spans,
          setSpanMs: (ms) => setSpanMs(ms as SpanMs),
        }}
      />
    </div>
  );
}

/** More would be a choice to make at a time when nobody wants one; the panels have the rest. */
const runbooksOffered = 2;

/** The runbooks that fit, along the chain from the root, then those of other troubles. */
function offered({ services, verdict }: ShownBoard, runbooks: readonly RunbookMarkView[]) {
  const chain = verdict.chain.map(({ serviceId }) => serviceId);
  const rank = (id: string) => (chain.includes(id) ? chain.indexOf(id) : chain.length);
  return services
    .filter(({ covered }) => !covered)
    .toSorted((a, b) => rank(a.service.id) - rank(b.service.id))
    .flatMap(({ service }) =>
      fittingRunbooks(runbooks, service).map(({ id, title }) => ({ href: runbookHref(service.id, id), title })),
    )
    .slice(0, runbooksOffered);
}

function blockedIn(
  { services }: ShownBoard,
  { serviceId, id }: ShownBoard["verdict"]["actions"][number],
): string | null {
  const found = services.find(({ service }) => service.id === serviceId);
  return found?.service.actions.find((offer) => offer.id === id)?.blocked ?? null;
}

/** When the trouble that the verdict names began; `null` when all is well. */
function onsetOf({ verdict, services }: ShownBoard): number | null {
  const root = verdict.chain.find((link) => link.root);
  return services.find(({ service }) => service.id === root?.serviceId)?.service.since ?? null;
}
