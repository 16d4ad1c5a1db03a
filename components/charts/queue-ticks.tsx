import { classNames } from "#components/ui/class-names.ts";
import { type Tone, toneFill } from "#components/ui/tone.ts";

const most = 40;
const pitch = 3;

/** A queue as one tick for each that waits, at most 40; the number stands beside it. */
export function QueueTicks({
  count,
  tone = "quiet",
  className,
}: {
  readonly count: number;
  readonly tone?: Tone;
  readonly className?: string | undefined;
}) {
  if (count <= 0) return null;
  const shown = Math.min(count, most);
  return (
    <svg
      viewBox={`0 0 ${shown * pitch} 10`}
      preserveAspectRatio="none"
      aria-hidden="true"
      width={`${(shown * pitch) / 16}rem`}
      className={classNames("h-2.5 max-w-full", toneFill[tone], className)}
    >
      <path d={Array.from({ length: shown }, (_, index) => `M${index * pitch} 0h1.6v10h-1.6z`).join("")} />
    </svg>
  );
}
