"use client";

import { useTimeZone } from "#components/board/use-time-zone.ts";
import { clockTime, dayAndTime, zoneOffset } from "#components/board/wall-time.ts";
import { type Step, stepFrom } from "#components/moment/moment.ts";
import { useMoment } from "#components/moment/moment-provider.tsx";
import { useCourse } from "#components/moment/use-course.ts";
import { useMomentKeys } from "#components/moment/use-moment-keys.ts";
import type { ShownMoment } from "#components/moment/use-shown-moment.ts";
import { wholeSeconds } from "#components/ui/age.tsx";
import { Button } from "#components/ui/button.tsx";

const steps: readonly (readonly [Step, -1 | 1, string, string])[] = [
  ["change", -1, "⇤", "To the change before ([)"],
  ["poll", -1, "←", "One poll back (left arrow)"],
  ["poll", 1, "→", "One poll on (right arrow)"],
  ["change", 1, "⇥", "To the next change (])"],
];

/** Says that the page shows the past, and which moment of it; steps through it, and leads back to now. */
export function MomentBanner({ arriving, problem }: Pick<ShownMoment, "arriving" | "problem">) {
  const { at, go } = useMoment();
  const course = useCourse();
  const zone = useTimeZone();
  useMomentKeys(course);
  if (at === null) return null;
  const ageMs = Math.max(0, course.now - at);
  const time = ageMs > 20 * 3_600_000 ? dayAndTime(at, zone) : clockTime(at, zone, true);
  return (
    <section
      aria-label="Moment shown"
      data-moment={at}
      aria-busy={arriving}
      className="sticky top-12 z-20 -mx-3 flex flex-wrap items-center gap-x-4 gap-y-1.5 border-maint border-b-2 bg-surface px-3 py-1.5 sm:-mx-5 sm:px-5"
    >
      <p className="min-w-0 flex-1">
        <span className="mr-2 rounded-sm bg-maint px-1.5 py-0.5 font-semibold text-bg text-xs uppercase tracking-wide">
          Past
        </span>
        <span className="text-dim max-sm:sr-only">Showing </span>
        <b suppressHydrationWarning className={arriving ? "opacity-60 transition-opacity delay-300" : undefined}>
          {time} {zoneOffset(at, zone)}
        </b>
        <span className="text-dim">, {wholeSeconds(ageMs)} ago</span>
        {problem !== null && <span className="ml-2 text-crit">{problem}</span>}
      </p>
      <span className="flex items-center gap-1.5">
        {steps.map(([step, direction, sign, words]) => (
          <Button
            key={words}
            size="sm"
            className={step === "change" ? "max-sm:hidden" : undefined}
            aria-label={words}
            title={words}
            onClick={() => go(stepFrom(at, step, direction, course))}
          >
            <span aria-hidden="true">{sign}</span>
          </Button>
        ))}
        <Button size="sm" variant="primary" aria-keyshortcuts="Escape" onClick={() => go(null)}>
          Live
        </Button>
      </span>
    </section>
  );
}
