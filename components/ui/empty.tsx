import type { ReactNode } from "react";
import { type Mark, StatusMark } from "#components/ui/status-mark.tsx";

/** A place with nothing to show: says why, and what to do about it. */
export function Empty({
  mark = "unknown",
  title,
  children,
}: {
  readonly mark?: Mark;
  readonly title: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-1.5 px-4 py-8 text-center">
      <StatusMark mark={mark} size="lg" label={null} />
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-[52ch] text-balance text-dim">{children}</div>}
    </div>
  );
}
