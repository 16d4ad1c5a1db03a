import { classNames } from "#components/ui/class-names.ts";

/** What a worker in its slot does. `leaving`: finishes what it has and takes nothing new. */
export type SlotState = "idle" | "busy" | "stuck" | "leaving" | "starting" | "empty";

export interface SlotItem {
  readonly id: string;
  readonly state: SlotState;
  /** What one reads when pointing at it. */
  readonly title: string;
}

/** A row of workers, one square each. `label` says the same in words. */
export function Slots({
  items,
  label,
  className,
}: {
  readonly items: readonly SlotItem[];
  readonly label: string;
  readonly className?: string | undefined;
}) {
  return (
    <span role="img" aria-label={label} className={classNames("flex flex-wrap gap-[3px]", className)}>
      {items.map((item) => (
        <Slot key={item.id} state={item.state} title={item.title} />
      ))}
    </span>
  );
}

/** One square. Fill, frame and sign differ, so that the states read in greyscale too. */
export function Slot({ state, title = "" }: { readonly state: SlotState; readonly title?: string }) {
  return (
    <svg viewBox="0 0 13 13" aria-hidden="true" className="size-[0.8125rem] flex-none">
      {title !== "" && <title>{title}</title>}
      {squares[state]}
    </svg>
  );
}

/** `count` items of one state, for slots that have no name of their own. */
export function unnamedSlots(state: SlotState, count: number, title: string): SlotItem[] {
  return Array.from({ length: count }, (_, index) => ({ id: `${state}-${index}`, state, title }));
}

const frame = { x: 0.75, y: 0.75, width: 11.5, height: 11.5, rx: 2.5 } as const;

const squares = {
  idle: <rect {...frame} className="fill-raised stroke-edge" strokeWidth="1.2" />,
  busy: <rect {...frame} className="fill-dim stroke-dim" strokeWidth="1.2" />,
  stuck: (
    <>
      <rect {...frame} className="fill-warn stroke-warn" strokeWidth="1.2" />
      <path d="M6.5 3.4v3.8M6.5 9.2v.3" className="stroke-surface" strokeWidth="1.7" strokeLinecap="round" />
    </>
  ),
  leaving: (
    <>
      <rect {...frame} className="fill-none stroke-dim" strokeWidth="1.2" />
      <path d="M3.4 9.6 9.6 3.4" className="stroke-dim" strokeWidth="1.4" strokeLinecap="round" />
    </>
  ),
  starting: <rect {...frame} className="fill-none stroke-edge" strokeWidth="1.2" strokeDasharray="2.2 1.8" />,
  empty: <rect {...frame} className="fill-none stroke-line-2" strokeWidth="1" />,
} as const;
