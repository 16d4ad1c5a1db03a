"use client";

import { useState } from "react";
import { useRunHost } from "#components/run/run-host.tsx";
import type { StepsGiven } from "#components/runbook/steps-given.ts";
import { Button } from "#components/ui/button.tsx";
import { offerWords } from "#lib/wire/offer-words.ts";
import type { RunbookStepView } from "#lib/wire/runbook.ts";

type Aim = RunbookStepView["aims"][number];

/** The same buttons as everywhere, each with its verdict before the click. What is started stands in the runbook. */
export function AimButtons({ step, given }: { readonly step: RunbookStepView; readonly given: StepsGiven }) {
  const { openAction } = useRunHost();
  const [opening, setOpening] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const open = async (aim: Aim) => {
    setOpening(true);
    setFailed(null);
    try {
      const session = await given.handles.sessionId();
      openAction(aim.serviceId, aim.action, aim.params, { session, step: step.id });
    } catch (cause) {
      setFailed(cause instanceof Error ? cause.message : String(cause));
    }
    setOpening(false);
  };
  if (step.aims.length === 0) return null;
  return (
    <>
      <ul className="flex flex-col gap-1.5">
        {step.aims.map((aim, index) => (
          <AimRow
            key={`${aim.serviceId} ${aim.action} ${JSON.stringify(aim.params)}`}
            aim={aim}
            first={index === 0 && step.kind === "action"}
            given={given}
            opening={opening}
            onOpen={() => void open(aim)}
          />
        ))}
      </ul>
      {failed !== null && (
        <p role="alert" className="mt-1.5 text-crit">
          {failed}
        </p>
      )}
    </>
  );
}

function AimRow({
  aim,
  first,
  given: { services, now, blocked, view },
  opening,
  onOpen,
}: {
  readonly aim: Aim;
  readonly first: boolean;
  readonly given: StepsGiven;
  readonly opening: boolean;
  readonly onOpen: () => void;
}) {
  const service = services.find(({ service: each }) => each.id === aim.serviceId)?.service;
  const offer = service?.actions.find(({ id }) => id === aim.action);
  const why = blocked ?? offer?.blocked ?? aim.blocked;
  const told = (offer === undefined ? null : offerWords(offer, now)) ?? "not run here yet";
  const where = [aim.at, aim.serviceId === view.service.id ? "" : aim.serviceName].filter((part) => part !== "");
  return (
    <li data-aim={aim.action} className="flex flex-wrap items-center gap-x-3 gap-y-1">
      <Button
        variant={offer?.risk === "critical" ? "critical" : first && why === null ? "primary" : "plain"}
        blocked={why}
        pending={opening}
        onClick={onOpen}
      >
        {aim.title} …
      </Button>
      <span className="min-w-0 flex-[1_1_14rem]">
        <span className="block [overflow-wrap:anywhere]">{where.join(" · ")}</span>
        <span className="block text-faint text-xs">
          {why === null ? `Ready · risk ${offer?.risk ?? "unknown"} · ${told}` : `Not possible now: ${why}`}
        </span>
      </span>
    </li>
  );
}
