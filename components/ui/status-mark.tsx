import type { ReactNode } from "react";
import { classNames } from "#components/ui/class-names.ts";
import type { Overlay, Severity, Status } from "#lib/core/status.ts";

/** What a mark can say: a status, a severity, or the two overlays that take its place. */
export type Mark = Status | Severity | Extract<Overlay, "healing" | "maintenance">;

/** The word of each mark, for those who hear the board and for the legend. */
export const markWords: Readonly<Record<Mark, string>> = {
  ok: "ok",
  unknown: "unknown",
  info: "note",
  warning: "warning",
  critical: "critical",
  healing: "healing",
  maintenance: "maintenance",
};

/** The text colour that goes with a mark; quiet ones stay grey. */
export const markText: Readonly<Record<Mark, string>> = {
  ok: "text-ok",
  unknown: "text-faint",
  info: "text-dim",
  warning: "text-warn",
  critical: "text-crit",
  healing: "text-heal",
  maintenance: "text-maint",
};

const sizes = { xs: "size-[7px]", sm: "size-2", md: "size-2.5", lg: "size-3.5", xl: "size-6" } as const;

/**
 * Status as shape and colour, so that it reads in greyscale: ● ok, ▲ warning, ■ critical, ◐ healing, ◆ maintenance,
 * dashed ○ unknown. `label={null}` hides it from screen readers where the word stands beside it.
 */
export function StatusMark({
  mark,
  size = "md",
  label = markWords[mark],
  className,
}: {
  readonly mark: Mark;
  readonly size?: keyof typeof sizes;
  readonly label?: string | null;
  readonly className?: string | undefined;
}) {
  return (
    <svg
      viewBox="0 0 10 10"
      data-mark={mark}
      className={classNames("inline-block flex-none overflow-visible", sizes[size], markText[mark], className)}
      role="img"
      aria-label={label ?? undefined}
      aria-hidden={label === null}
    >
      {shapes[mark]}
    </svg>
  );
}

const shapes: Readonly<Record<Mark, ReactNode>> = {
  ok: <circle cx="5" cy="5" r="4.6" fill="currentColor" />,
  warning: (
    <path
      d="M5 1 9.3 9H.7Z"
      fill="currentColor"
      stroke="currentColor"
      strokeWidth="1.2"
      strokeLinejoin="round"
      transform="translate(0 -.2)"
    />
  ),
  critical: <rect x=".5" y=".5" width="9" height="9" rx="1.4" fill="currentColor" />,
  healing: (
    <g className="origin-center animate-turn [transform-box:fill-box]">
      <circle cx="5" cy="5" r="4" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <path d="M5 1a4 4 0 0 0 0 8Z" fill="currentColor" />
    </g>
  ),
  maintenance: <path d="M5 .2 9.8 5 5 9.8 .2 5Z" fill="currentColor" strokeLinejoin="round" />,
  unknown: (
    <circle cx="5" cy="5" r="4.2" fill="none" stroke="currentColor" strokeWidth="1.3" strokeDasharray="1.65 1.65" />
  ),
  info: <circle cx="5" cy="5" r="3.6" fill="none" stroke="currentColor" strokeWidth="1.6" />,
};
