import { classNames } from "#components/ui/class-names.ts";
import type { Status } from "#lib/core/status.ts";

export interface Beat {
  readonly at: number;
  /** `null` where nothing was measured: a gap. */
  readonly status: Status | null;
  /** `10:42:08 · 118 ms`; what one reads when pointing at it. */
  readonly title: string;
}

/** Height as well as colour says the status, so that it reads in greyscale: trouble stands taller. */
const bars: Readonly<Record<Status, { readonly y: number; readonly h: number; readonly className: string }>> = {
  ok: { y: 6, h: 12, className: "fill-ok opacity-60" },
  unknown: { y: 15, h: 3, className: "fill-edge" },
  warning: { y: 3, h: 15, className: "fill-warn" },
  critical: { y: 0, h: 18, className: "fill-crit" },
};

const pitch = 5;
const barWidth = 3;

/** One bar per check, newest at the right; fewer than `count` start from the right edge. Fills its container. */
export function Heartbeats({
  beats,
  count = 40,
  label,
  className,
}: {
  readonly beats: readonly Beat[];
  readonly count?: number;
  /** `38 of 40 checks passed, the last one failed`. */
  readonly label: string;
  readonly className?: string | undefined;
}) {
  const shown = beats.slice(-count);
  const offset = count - shown.length;
  return (
    <svg
      viewBox={`0 0 ${count * pitch - (pitch - barWidth)} 18`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      className={classNames("block h-[18px] w-full", className)}
    >
      {offset > 0 && <rect x="0" y="16.5" width={offset * pitch} height="1.5" className="fill-line" />}
      {shown.map((beat, index) => {
        const x = (offset + index) * pitch;
        if (beat.status === null)
          return <rect key={beat.at} x={x} y="16.5" width={pitch} height="1.5" className="fill-line" />;
        const bar = bars[beat.status];
        return (
          <rect key={beat.at} x={x} y={bar.y} width={barWidth} height={bar.h} rx="1" className={bar.className}>
            <title>{beat.title}</title>
          </rect>
        );
      })}
    </svg>
  );
}
