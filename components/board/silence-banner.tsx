"use client";

import { wholeSeconds } from "#components/ui/age.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";

export type Silence =
  | { readonly kind: "broken"; readonly forMs: number }
  | { readonly kind: "silent"; readonly forMs: number }
  | { readonly kind: "never" };

/** Says, louder than anything else, that nothing on this page is known to be current, and what to do about it. */
export function SilenceBanner({
  silence,
  quiet = false,
}: {
  readonly silence: Silence;
  /** On a page that shows nothing of what the poller tells: a line that says what does not work, and casts no doubt on the page. */
  readonly quiet?: boolean;
}) {
  const { lead, doubt, todo } = words(silence);
  if (quiet) {
    return (
      <section
        role="alert"
        data-silence={silence.kind}
        className="mt-4 flex items-baseline gap-2 rounded-md border border-crit border-dashed px-3 py-1.5"
      >
        <StatusMark mark="unknown" className="translate-y-px text-crit" label={null} />
        <p className="min-w-0 text-pretty">
          <b className="font-semibold">{lead}</b> <span className="text-dim">{todo}</span>
        </p>
      </section>
    );
  }
  return (
    <section
      role="alert"
      data-silence={silence.kind}
      className="mt-4 flex gap-3 rounded-lg border-2 border-crit border-dashed bg-crit-bg px-4 py-3"
    >
      <StatusMark mark="unknown" size="lg" className="mt-1.5 text-crit" label={null} />
      <div className="min-w-0">
        <h1 className="text-balance font-semibold text-lg tracking-tight sm:text-xl">
          {lead} {doubt}
        </h1>
        <p className="mt-1 text-dim">{todo}</p>
      </div>
    </section>
  );
}

/** `doubt`: what it means for what stands below. */
function words(silence: Silence): { lead: string; doubt: string; todo: string } {
  switch (silence.kind) {
    case "broken":
      return {
        lead: `This page has not heard from Pitwall for ${wholeSeconds(silence.forMs)}.`,
        doubt: "Nothing below is known to be current.",
        todo: "It tries again by itself. If it stays so: check that Pitwall still runs where you started it, and your network or tunnel to it.",
      };
    case "silent":
      return {
        lead: `Pitwall's poller has been silent for ${wholeSeconds(silence.forMs)}.`,
        doubt: "Nothing below is known to be current.",
        todo: "Nothing is being checked, and no run goes on. Look at Pitwall's log where you started it; npm start brings the poller back.",
      };
    case "never":
      return {
        lead: "No poller has run yet.",
        doubt: "Nothing below is known.",
        todo: "The web part answers but nothing is being checked. Start both with npm start; the poller gives a sign of life within seconds.",
      };
    default:
      return silence satisfies never;
  }
}
