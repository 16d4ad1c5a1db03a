import type { ReactNode } from "react";
import { classNames } from "#components/ui/class-names.ts";
import { type Tone, toneFill } from "#components/ui/tone.ts";

export interface RankedBar {
  readonly name: string;
  readonly value: number;
  /** The part of `value` that is drawn lighter: those that only wait. */
  readonly lighter: number;
  readonly tone: Tone;
  /** Numbers with their units, right of the bar. */
  readonly figures: ReactNode;
  /** All of it in words. */
  readonly title: string;
}

/** Names with a bar each, largest first, all on one scale. */
export function RankedBars({ bars }: { readonly bars: readonly RankedBar[] }) {
  const largest = Math.max(1, ...bars.map((bar) => bar.value));
  const share = (value: number) => `${(Math.max(0, value) / largest) * 100}%`;
  return (
    <ul className="grid grid-cols-[minmax(0,auto)_minmax(3.5rem,1fr)_auto] gap-x-3">
      {bars.map((bar) => (
        <li key={bar.name} title={bar.title} className="col-span-full grid grid-cols-subgrid items-center py-[3px]">
          <span className="truncate font-mono text-xs">{bar.name}</span>
          <svg aria-hidden="true" width="100%" className="h-1.5 overflow-hidden rounded-full">
            <rect width={share(bar.value - bar.lighter)} height="100%" className={toneFill[bar.tone]} />
            <rect
              x={share(bar.value - bar.lighter)}
              width={share(bar.lighter)}
              height="100%"
              className={classNames(toneFill[bar.tone], "opacity-45")}
            />
          </svg>
          <span className="text-right">{bar.figures}</span>
        </li>
      ))}
    </ul>
  );
}
