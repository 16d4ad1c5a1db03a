import type { ReactNode } from "react";
import { classNames } from "#components/ui/class-names.ts";
import { type Mark, StatusMark } from "#components/ui/status-mark.tsx";

const tones: Readonly<Record<Mark, string>> = {
  ok: "border-line bg-ok-bg",
  unknown: "border-line-2 border-dashed bg-raised",
  info: "border-line bg-raised",
  warning: "border-warn/35 bg-warn-bg",
  critical: "border-crit/45 bg-crit-bg",
  healing: "border-heal/35 bg-heal-bg",
  maintenance: "border-maint/35 bg-maint-bg",
};

/** A boxed sentence that matters here and now: what happened, then what to do. `children` may hold a button. */
export function Notice({
  mark,
  title,
  said,
  className,
  children,
}: {
  readonly mark: Mark;
  readonly title: ReactNode;
  /** What another program said, word for word. */
  readonly said?: string | undefined;
  readonly className?: string | undefined;
  readonly children?: ReactNode;
}) {
  return (
    <div className={classNames("flex gap-2.5 rounded-md border px-3 py-2", tones[mark], className)}>
      <StatusMark mark={mark} className="mt-[0.3rem]" />
      <div className="min-w-0 flex-1">
        <p className="font-medium [overflow-wrap:anywhere]">{title}</p>
        {said !== undefined && <p className="mt-0.5 font-mono text-dim text-xs [overflow-wrap:anywhere]">{said}</p>}
        {children !== undefined && <div className="mt-0.5 text-dim">{children}</div>}
      </div>
    </div>
  );
}
