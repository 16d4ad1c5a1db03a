"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useLiveBoard } from "#components/board/use-live-board.ts";
import { useLacks } from "#components/board/viewer.tsx";
import { Button } from "#components/ui/button.tsx";
import { TextField } from "#components/ui/field.tsx";
import { FormDialog } from "#components/ui/form-dialog.tsx";
import { Select } from "#components/ui/select.tsx";
import type { AutomationOffDto, AutomationWanted } from "#lib/wire/automation.ts";
import { automationAnswer } from "#lib/wire/automation.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";

const times = [
  { value: "3600000", label: "for an hour" },
  { value: "28800000", label: "for 8 hours" },
  { value: "86400000", label: "for a day" },
  { value: "", label: "until somebody switches it on" },
] as const;

/** What is switched off that holds for one service, or for everything (`null`); `undefined` when nothing is. */
function useAutomationOff(serviceId: string | null): AutomationOffDto | undefined {
  const { automation = [] } = useLiveBoard().board;
  return automation.find((off) => off.serviceId === serviceId);
}

/** Why the viewer may not throw the switch. */
function useActLack(serviceId: string | null): string | null {
  const group = useLiveBoard().board.services.find(({ id }) => id === serviceId)?.group ?? null;
  return useLacks(serviceId === null ? "all" : { group }).act;
}

/** The switch for what rules start by themselves: of everything, or of one service. */
export function AutomationSwitch({ serviceId, name }: { readonly serviceId: string | null; readonly name: string }) {
  const [open, setOpen] = useState(false);
  const off = useAutomationOff(serviceId);
  const act = useActLack(serviceId);
  return (
    <>
      <Button
        variant={off === undefined ? "quiet" : "critical"}
        title={off === undefined ? `What rules start by themselves for ${name} is on` : `${off.by}: ${off.reason}`}
        blocked={act}
        onClick={() => setOpen(true)}
      >
        Automation {off === undefined ? "on" : "off"}
      </Button>
      {open && <AutomationDialog serviceId={serviceId} name={name} onClose={() => setOpen(false)} />}
    </>
  );
}

/** Asks for the reason and the time before it switches off; switching on asks for nothing. */
export function AutomationDialog({
  serviceId,
  name,
  onClose,
}: {
  readonly serviceId: string | null;
  readonly name: string;
  readonly onClose: () => void;
}) {
  const off = useAutomationOff(serviceId);
  const [reason, setReason] = useState("");
  const [forMs, setForMs] = useState<string>(times[0].value);
  const send = useMutation({
    mutationFn: (wanted: AutomationWanted) =>
      orThrow(askApi("/api/v1/automation", automationAnswer, { method: "POST", body: wanted })),
    onSuccess: onClose,
  });
  const scope = serviceId === null ? {} : { serviceId };
  const lack = useActLack(serviceId);
  const blocked = lack ?? (off === undefined && reason.trim() === "" ? "Say why first" : null);
  const submit = () => {
    if (off !== undefined) return send.mutate({ on: true, ...scope });
    const bound = forMs === "" ? {} : { forMs: Number(forMs) };
    send.mutate({ on: false, ...scope, reason: reason.trim(), ...bound });
  };
  return (
    <FormDialog
      title={off === undefined ? `Switch automation of ${name} off` : `Switch automation of ${name} on`}
      description={
        off === undefined
          ? "Rules start nothing until it is on again. People act as before."
          : `${off.by} switched it off: ${off.reason}`
      }
      submit={off === undefined ? "Switch off" : "Switch on"}
      variant={off === undefined ? "critical" : "primary"}
      blocked={blocked}
      send={send}
      onSubmit={submit}
      onClose={onClose}
    >
      {off === undefined && (
        <>
          <TextField
            label="Why, for everybody who sees it is off"
            maxLength={500}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
          <Select label="How long" options={times} value={forMs} onChange={(event) => setForMs(event.target.value)} />
        </>
      )}
    </FormDialog>
  );
}
