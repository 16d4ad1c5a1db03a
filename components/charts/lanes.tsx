import { Scrubber, type ScrubberProps } from "#components/charts/scrubber.tsx";
import { AtShare } from "#components/ui/at-share.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { type Mark, markWords } from "#components/ui/status-mark.tsx";
import { Tooltip } from "#components/ui/tooltip.tsx";

export interface LaneSpan {
  readonly from: number;
  readonly to: number;
  readonly mark: Mark;
  /** `critical from 09:48 to 10:42`. */
  readonly title?: string;
}

export interface Lane {
  readonly id: string;
  readonly label: string;
  readonly spans: readonly LaneSpan[];
}

export interface LaneEvent {
  readonly id: string;
  readonly at: number;
  /** One letter or sign, or how many stand here together. */
  readonly sign: string;
  /** What one reads when pointing at it, a line for each. */
  readonly lines: readonly string[];
}

/** Quiet lanes stay empty: healthy time is not painted. Trouble differs by height too, so that it reads in greyscale. */
const paint: Readonly<Record<Mark, string | null>> = {
  ok: null,
  info: null,
  unknown:
    "h-[40%] self-center bg-[repeating-linear-gradient(90deg,var(--color-edge)_0_3px,transparent_3px_6px)] opacity-70",
  warning: "self-end h-[60%] bg-warn opacity-70",
  critical: "h-full bg-crit opacity-75",
  healing: "self-end h-[30%] bg-heal opacity-80",
  maintenance: "self-end h-[30%] bg-maint opacity-80",
};

/** What was in trouble when: a lane for each thing, a last lane for events, and the hours below. */
export function Lanes({
  lanes,
  events,
  from,
  to,
  ticks,
  onEvent,
  scrub,
  className,
}: {
  readonly lanes: readonly Lane[];
  readonly events: readonly LaneEvent[];
  /** Epoch milliseconds of the left and the right edge. */
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  readonly onEvent?: ((id: string) => void) | undefined;
  /** Makes the axis one that can be dragged. */
  readonly scrub?: Omit<ScrubberProps, "from" | "to" | "children"> | undefined;
  readonly className?: string | undefined;
}) {
  const share = (at: number) => Math.max(0, Math.min(1, (at - from) / Math.max(1, to - from))) * 100;
  const drawn = (
    <div className={classNames("flex flex-col gap-1.5", className)}>
      {lanes.map((lane) => (
        <div key={lane.id} className="relative h-5 flex-none overflow-hidden rounded-sm bg-raised">
          {lane.spans.map((span) => {
            const className = paint[span.mark];
            if (className === null || span.to < from || span.from > to) return null;
            const left = share(span.from);
            return (
              <span key={`${span.from}-${span.mark}`} className="pointer-events-none absolute inset-0 flex">
                <svg aria-hidden="true" width={`${left}%`} height="1" className="flex-none" />
                <svg
                  role="img"
                  aria-label={span.title ?? markWords[span.mark]}
                  width={`${Math.max(0, share(span.to) - left)}%`}
                  className={classNames("pointer-events-auto min-w-[2px] flex-none", className)}
                >
                  {span.title !== undefined && <title>{span.title}</title>}
                  {/* What is pointed at; the colour is the ground's. */}
                  <rect width="100%" height="100%" className="fill-transparent" />
                </svg>
              </span>
            );
          })}
          <span className="pointer-events-none absolute inset-y-0 left-2 flex items-center rounded-sm text-dim text-xs [text-shadow:0_0_3px_var(--color-raised),0_0_3px_var(--color-raised)]">
            {lane.label}
          </span>
        </div>
      ))}
      <div className="relative h-5 flex-none rounded-sm bg-raised">
        <span className="absolute inset-y-0 left-2 flex items-center text-faint text-xs">Events</span>
        {events
          .filter((event) => event.at >= from && event.at <= to)
          .map((event) => (
            <EventMark key={event.id} event={event} left={share(event.at)} onEvent={onEvent} />
          ))}
      </div>
    </div>
  );
  return (
    <div className="flex flex-col gap-1.5">
      {scrub === undefined ? (
        drawn
      ) : (
        <Scrubber from={from} to={to} {...scrub}>
          {drawn}
        </Scrubber>
      )}
      <div aria-hidden="true" className="relative h-4 text-2xs text-faint">
        {ticks.map((tick, index) => (
          <AtShare key={tick.at} percent={share(tick.at)}>
            <span
              className={classNames(
                "absolute left-0 whitespace-nowrap",
                index === 0 ? "" : index === ticks.length - 1 ? "-translate-x-full" : "-translate-x-1/2",
                index % 2 === 1 && index !== ticks.length - 1 && "max-sm:hidden",
              )}
            >
              {tick.label}
            </span>
          </AtShare>
        ))}
      </div>
    </div>
  );
}

function EventMark({
  event,
  left,
  onEvent,
}: {
  readonly event: LaneEvent;
  readonly left: number;
  readonly onEvent: ((id: string) => void) | undefined;
}) {
  return (
    <AtShare percent={left}>
      <Tooltip
        text={event.lines.map((line) => (
          <span key={line} className="block">
            {line}
          </span>
        ))}
      >
        <button
          type="button"
          aria-label={event.lines.join("; ")}
          onClick={() => onEvent?.(event.id)}
          // At the edges a mark stays within the axis, however wide it is.
          className={classNames(
            "absolute top-0.5 left-0 z-20 grid h-4 min-w-4 cursor-pointer place-items-center rounded-sm border border-line-2 bg-surface px-0.5 text-[9px] text-dim after:absolute after:-inset-1 hover:border-edge hover:text-text",
            left > 96 ? "-translate-x-full" : left < 4 ? "" : "-translate-x-1/2",
          )}
        >
          {event.sign}
        </button>
      </Tooltip>
    </AtShare>
  );
}
