import { type Mark, StatusMark } from "#components/ui/status-mark.tsx";
import type { NodeOverlay } from "#lib/wire/reading.ts";

/** The mark of one node inside a panel: what is being done about it, else its own. */
export function NodeMark({
  own,
  overlay,
  className,
}: {
  readonly own: Mark;
  readonly overlay: NodeOverlay | null;
  readonly className?: string;
}) {
  if (overlay === null) return <StatusMark mark={own} size="sm" className={className} />;
  return (
    <span title={overlay.words} className="inline-flex flex-none">
      <StatusMark mark={overlay.mark} size="sm" className={className} />
    </span>
  );
}

/** What is being done about a node, as a line among its figures. */
export function OverlayLine({ overlay }: { readonly overlay: NodeOverlay | null }) {
  if (overlay === null) return null;
  return (
    <p className="mb-1 flex items-baseline gap-2 [overflow-wrap:anywhere]">
      <StatusMark mark={overlay.mark} size="sm" label={null} className="translate-y-px" />
      {overlay.words}
    </p>
  );
}
