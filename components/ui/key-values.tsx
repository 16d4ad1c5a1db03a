import type { ReactNode } from "react";
import { classNames } from "#components/ui/class-names.ts";

/** Names and values in two columns, the values to the right; a long value wraps under its own name. */
export function KeyValues({
  rows,
  className,
}: {
  readonly rows: readonly { readonly name: string; readonly value: ReactNode; readonly tone?: string | undefined }[];
  readonly className?: string | undefined;
}) {
  return (
    <dl className={classNames("grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-4 gap-y-1", className)}>
      {rows.map((row) => (
        <div key={row.name} className="contents">
          <dt className="text-dim">{row.name}</dt>
          <dd className={classNames("min-w-0 text-right [overflow-wrap:anywhere]", row.tone)}>{row.value}</dd>
        </div>
      ))}
    </dl>
  );
}
