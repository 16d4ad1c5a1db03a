import { classNames } from "#components/ui/class-names.ts";
import { type Mark, StatusMark } from "#components/ui/status-mark.tsx";

export interface Message {
  readonly id: string;
  readonly mark: Mark;
  readonly text: string;
}

/**
 * Short messages in a corner, read out politely. Whoever holds them takes them away again: on a wall screen nobody can
 * click one, so none may stay for ever.
 */
export function LiveRegion({
  messages,
  onDismiss,
}: {
  readonly messages: readonly Message[];
  readonly onDismiss: (id: string) => void;
}) {
  return (
    <div
      role="status"
      aria-live="polite"
      className="pointer-events-none fixed inset-x-3 bottom-3 z-50 flex flex-col items-end gap-2"
    >
      {messages.map((message) => (
        <div
          key={message.id}
          className={classNames(
            "pointer-events-auto flex max-w-96 animate-enter items-start gap-2.5 rounded-lg border border-line-2",
            "bg-surface py-2 pr-1.5 pl-3 shadow-float",
          )}
        >
          <StatusMark mark={message.mark} className="mt-[0.35rem]" />
          <span className="min-w-0 flex-1 py-0.5 [overflow-wrap:anywhere]">{message.text}</span>
          <button
            type="button"
            aria-label="Dismiss"
            onClick={() => onDismiss(message.id)}
            className="grid size-7 flex-none place-items-center rounded-md text-dim hover:bg-raised hover:text-text"
          >
            <svg viewBox="0 0 12 12" aria-hidden="true" className="size-2.5">
              <path d="m1.5 1.5 9 9m0-9-9 9" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
            </svg>
          </button>
        </div>
      ))}
    </div>
  );
}
