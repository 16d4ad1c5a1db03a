"use client";

import { Dialog } from "#components/ui/dialog.tsx";
import { Kbd } from "#components/ui/kbd.tsx";
import { type Mark, StatusMark } from "#components/ui/status-mark.tsx";

const keys: readonly (readonly [readonly string[], string])[] = [
  [["⌘K", "Ctrl K", "/"], "Find a service, an action or a page"],
  [["s"], "Share a snapshot of the board"],
  [["←", "→"], "In the past: a poll back, a poll on; with Shift a minute. Press or drag the timeline to get there"],
  [["[", "]"], "In the past: to the change before, to the next one"],
  [["Home", "End"], "In the past: to the oldest that is kept, to live"],
  [["?"], "This help"],
  [["Tab", "Enter"], "Go through the board, and open what is in focus"],
  [["Esc"], "Close, a run goes on; in the past: back to live"],
];

const marks: readonly (readonly [Mark, string])[] = [
  ["ok", "Fine, by a reading that is fresh"],
  ["warning", "A limit is reached: look at it today"],
  ["critical", "It fails its users, or is about to"],
  ["unknown", "Nobody knows: no data, old data, or refused. Neither fine nor down"],
  ["healing", "A run is at work"],
  ["maintenance", "Out of service on purpose"],
];

/** Keys and marks. */
export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Keys and marks" width="sm">
      <div className="flex flex-col gap-5 px-4 py-4 sm:px-5.5">
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-4 gap-y-2">
          {keys.map(([names, what]) => (
            <div key={what} className="contents">
              <dt className="flex gap-1">
                {names.map((name) => (
                  <Kbd key={name}>{name}</Kbd>
                ))}
              </dt>
              <dd className="text-dim">{what}</dd>
            </div>
          ))}
        </dl>
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-3 gap-y-2">
          {marks.map(([mark, what]) => (
            <div key={mark} className="contents">
              <dt>
                <StatusMark mark={mark} />
              </dt>
              <dd className="text-dim">{what}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}
