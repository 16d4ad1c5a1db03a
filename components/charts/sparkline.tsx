import { lastValue, linePath, type Series, scaleFor } from "#components/charts/scale.ts";
import { classNames } from "#components/ui/class-names.ts";
import type { Tone } from "#components/ui/tone.ts";

const strokes: Readonly<Record<Tone, string>> = {
  quiet: "text-edge",
  ok: "text-ok",
  warn: "text-warn",
  crit: "text-crit",
  heal: "text-heal",
  maint: "text-maint",
};

const width = 120;
const height = 24;

/** A small line from zero up: gaps stay gaps, the limit is dashed, the newest value has a dot. Fills its container. */
export function Sparkline({
  values,
  limit = null,
  atLeast = 0,
  tone = "quiet",
  label,
  className,
}: {
  readonly values: Series;
  readonly limit?: number | null;
  /** Value that the chart reaches up to even when all values are smaller. */
  readonly atLeast?: number;
  readonly tone?: Tone;
  /** What it shows, for those who cannot see it: `response time, last 10 min: 41 ms to 9.4 s`. */
  readonly label: string;
  readonly className?: string | undefined;
}) {
  const scale = scaleFor(values, limit, atLeast);
  const last = lastValue(values);
  const y = (value: number) => height - (Math.min(value, scale.top) / scale.top) * height;
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      className={classNames("block h-[18px] w-full overflow-visible", strokes[tone], className)}
    >
      {scale.limitShown && limit !== null && (
        <path
          d={`M0 ${y(limit)}H${width}`}
          className="text-warn"
          stroke="currentColor"
          strokeWidth="1"
          strokeDasharray="3 3"
          opacity=".7"
          vectorEffect="non-scaling-stroke"
        />
      )}
      <path
        d={linePath(values, scale.top, width, height)}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
      {last !== null && (
        <path
          d={`M${values.length > 1 ? (last.index / (values.length - 1)) * width : width} ${y(last.value)}h0`}
          stroke="currentColor"
          strokeWidth="4.5"
          strokeLinecap="round"
          vectorEffect="non-scaling-stroke"
        />
      )}
    </svg>
  );
}
