import type { ReactNode } from "react";
import { agoWords } from "#components/ui/age.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { PanelBody } from "#components/ui/panel.tsx";

/**
 * A reading, or why there is none. When the latest attempt failed as a whole, it says what, where and what to do, and keeps
 * the last good reading behind it, dimmed and with its age: nobody may take it for the present.
 */
export function LastReading({
  failure,
  firstWithinMs,
  checkedAt,
  readAt,
  now,
  children,
}: {
  readonly failure: { readonly what: string; readonly said?: string | undefined; readonly advice: string } | null;
  /** Until when the first attempt is due, for the words while there is nothing. */
  readonly firstWithinMs: number;
  /** When it was last attempted; `null`: never. */
  readonly checkedAt: number | null;
  /** When the reading in `children` was made; `null` when that is not kept. */
  readonly readAt: number | null;
  readonly now: number;
  /** The body; `null` before the first good reading. */
  readonly children: ReactNode | null;
}) {
  if (failure === null) {
    if (children !== null) return <PanelBody>{children}</PanelBody>;
    return (
      <PanelBody>
        {checkedAt === null ? (
          <Empty title="Not checked yet">
            The first check is due within {Math.max(1, Math.ceil(firstWithinMs / 1_000))} s.
          </Empty>
        ) : (
          <p className="text-dim">
            Its details are no longer kept: of this time there is the worst status of each minute or hour, and the
            least, most and mean of each number.
          </p>
        )}
      </PanelBody>
    );
  }
  return (
    <PanelBody>
      <Notice mark="unknown" title={upperFirst(failure.what)} said={failure.said}>
        {failure.advice}
      </Notice>
      {children !== null && (
        <>
          <p className="mt-3 mb-1.5 text-faint text-xs">
            {readAt === null ? "Last good reading" : `Last good reading, ${agoWords(now - readAt)}`}
          </p>
          <div className="aged">{children}</div>
        </>
      )}
    </PanelBody>
  );
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
