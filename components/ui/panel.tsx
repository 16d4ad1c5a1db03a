import type { ReactNode } from "react";
import { classNames } from "#components/ui/class-names.ts";
import { type Mark, StatusMark } from "#components/ui/status-mark.tsx";

const topLine: Readonly<Record<Mark, string>> = {
  ok: "",
  unknown: "",
  info: "",
  warning: "border-t-2 border-t-warn pt-0",
  critical: "border-t-2 border-t-crit pt-0",
  healing: "border-t-2 border-t-heal pt-0",
  maintenance: "border-t-2 border-t-maint pt-0",
};

/**
 * The frame around one thing on the board: header with mark, name, subtitle and age; then `PanelBody` and `PanelFooter`
 * as children. Only trouble draws a coloured line. `stale` is the reason why what it shows is not believed: then the
 * content loses its colour, since green is never shown on old data.
 */
export function Panel({
  mark,
  title,
  subtitle,
  aside,
  stale = null,
  id,
  className,
  children,
}: {
  readonly mark?: Mark;
  readonly title: ReactNode;
  readonly subtitle?: ReactNode;
  /** The right end of the header: an `<Age>`, a count. */
  readonly aside?: ReactNode;
  readonly stale?: string | null;
  readonly id?: string;
  readonly className?: string | undefined;
  readonly children?: ReactNode;
}) {
  const shown: Mark | undefined = stale === null ? mark : "unknown";
  const headingId = id === undefined ? undefined : `${id}-title`;
  return (
    <section
      id={id}
      aria-labelledby={headingId}
      data-stale={stale === null ? undefined : ""}
      className={classNames(
        "@container flex min-w-0 flex-col rounded-lg border border-line bg-surface",
        shown === undefined ? "pt-px" : topLine[shown] || "pt-px",
        stale !== null && "border-dashed",
        className,
      )}
    >
      <header className="flex flex-wrap items-baseline gap-x-2 px-3.5 pt-2.5 pb-2">
        {shown !== undefined && <StatusMark mark={shown} className="translate-y-px" />}
        <h2 id={headingId} className="min-w-0 flex-[0_1_auto] truncate font-semibold">
          {title}
        </h2>
        {subtitle !== undefined && (
          <span className="order-last min-w-0 basis-full text-faint @md:order-none @md:flex-1 @md:basis-0 @md:truncate">
            {subtitle}
          </span>
        )}
        <span className="ml-auto flex-none text-faint">{aside}</span>
      </header>
      {stale !== null && (
        <p className="mx-3.5 mb-2 rounded-sm border border-line-2 border-dashed px-2 py-1 text-dim text-xs">
          Not live: {stale}. What follows is the last reading.
        </p>
      )}
      <div className={classNames("flex flex-1 flex-col", stale !== null && "aged")}>{children}</div>
    </section>
  );
}

/** The middle of a panel. */
export function PanelBody({
  className,
  children,
}: {
  readonly className?: string | undefined;
  readonly children: ReactNode;
}) {
  return <div className={classNames("min-w-0 flex-1 px-3.5 pt-0.5 pb-3", className)}>{children}</div>;
}

/** The foot of a panel: a sentence on the left, buttons on the right; they stack where it is narrow. */
export function PanelFooter({ sentence, children }: { readonly sentence?: ReactNode; readonly children?: ReactNode }) {
  return (
    <footer className="mt-auto flex flex-wrap items-center gap-2 border-line border-t px-3.5 py-2 text-dim">
      {sentence !== undefined && <span className="min-w-0 flex-[1_1_10rem] text-pretty">{sentence}</span>}
      {children !== undefined && (
        <span className="flex flex-[1_0_auto] flex-wrap justify-end gap-2 max-w-full @max-md:basis-full @max-md:[&>*]:grow">
          {children}
        </span>
      )}
    </footer>
  );
}
