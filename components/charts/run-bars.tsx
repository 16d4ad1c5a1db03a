import { classNames } from "#components/ui/class-names.ts";

/** How a bar looks: `open` is under way, `hollow` began and is not there, `gap` is a place where one should be. */
export type BarLook = "ok" | "open" | "warning" | "critical" | "hollow" | "gap";

export interface RunBar {
  readonly key: string;
  readonly look: BarLook;
  /** Of the longest one, from 0 to 1; `null` where there is no length. */
  readonly share: number | null;
  /** What one reads when pointing at it. */
  readonly title: string;
}

const height = 36;
const pitch = 10;
const barWidth = 8;

/** Trouble stands full height, whatever its length: so it reads in greyscale. */
const looks: Readonly<Record<BarLook, { readonly least: number; readonly most: number; readonly className: string }>> =
  {
    ok: { least: 5, most: 24, className: "fill-ok opacity-60" },
    open: { least: 5, most: 24, className: "fill-none stroke-dim" },
    warning: { least: 29, most: 29, className: "fill-warn" },
    critical: { least: height, most: height, className: "fill-crit" },
    hollow: { least: height - 1, most: height - 1, className: "fill-none stroke-crit [stroke-dasharray:3_2]" },
    gap: { least: 12, most: 12, className: "fill-none stroke-crit [stroke-dasharray:3_2]" },
  };

/** One bar for each time something ran, the newest at the right, as high as it took long. Fills its container. */
export function RunBars({
  bars,
  count = 30,
  label,
  className,
}: {
  readonly bars: readonly RunBar[];
  readonly count?: number;
  /** `28 of 30 runs succeeded, the last one failed`. */
  readonly label: string;
  readonly className?: string | undefined;
}) {
  const shown = bars.slice(-count);
  const offset = count - shown.length;
  return (
    <svg
      viewBox={`0 0 ${count * pitch - (pitch - barWidth)} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
      className={classNames("block h-9 w-full border-line border-b", className)}
    >
      {shown.map(({ key, look, share, title }, index) => {
        const { least, most, className: drawn } = looks[look];
        const tall = least + (most - least) * Math.min(1, Math.max(0, share ?? 0.4));
        return (
          <rect
            key={key}
            x={(offset + index) * pitch + 0.5}
            y={height - tall}
            width={barWidth - 1}
            height={tall}
            rx="1"
            vectorEffect="non-scaling-stroke"
            className={drawn}
          >
            <title>{title}</title>
          </rect>
        );
      })}
    </svg>
  );
}
