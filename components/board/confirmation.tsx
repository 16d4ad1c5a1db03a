import { confirmationWords } from "#components/board/confirmation-words.ts";
import { classNames } from "#components/ui/class-names.ts";
import type { BoardService } from "#lib/wire/board.ts";

/** Quietly beside a status: that it is not confirmed yet and how far it is, or that it comes and goes. */
export function Confirmation({
  service,
  className,
}: {
  readonly service: Pick<BoardService, "status" | "state" | "attempt" | "flapping">;
  readonly className?: string;
}) {
  const words = confirmationWords(service);
  if (words === null) return null;
  return (
    <span
      data-confirmation={service.flapping === true ? "flapping" : "soft"}
      title={words.why}
      className={classNames("inline-flex items-baseline gap-1 whitespace-nowrap text-faint text-xs", className)}
    >
      {service.flapping === true && <FlapMark />}
      {words.short}
    </span>
  );
}

function FlapMark() {
  return (
    <svg viewBox="0 0 14 8" aria-hidden="true" className="h-2 w-3.5 flex-none self-center">
      <path d="M1 6.5h2.4v-5h2.4v5h2.4v-5h2.4v5H13" fill="none" stroke="currentColor" strokeWidth="1.2" />
    </svg>
  );
}
