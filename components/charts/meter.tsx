import { classNames } from "#components/ui/class-names.ts";
import { type Tone, toneFill } from "#components/ui/tone.ts";

/** How full something is. `value` of `null` is not measured: the track stays empty and says so. */
export function Meter({
  value,
  max,
  tone = "quiet",
  label,
  className,
}: {
  readonly value: number | null;
  readonly max: number | null;
  readonly tone?: Tone;
  /** In words, with units: `182 of 300 connections`. */
  readonly label: string;
  readonly className?: string | undefined;
}) {
  const known = value !== null && max !== null && max > 0;
  const share = known ? Math.max(0, Math.min(1, value / max)) : 0;
  return (
    <div
      role="img"
      aria-label={known ? label : `${label}: not measured`}
      className={classNames("h-1 overflow-hidden rounded-full bg-line", className)}
    >
      {known && (
        <svg aria-hidden="true" className="block size-full">
          <rect
            width={`${share === 0 ? 0 : Math.max(2, share * 100)}%`}
            height="100%"
            rx="2"
            className={toneFill[tone]}
          />
        </svg>
      )}
    </div>
  );
}
