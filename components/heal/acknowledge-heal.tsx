"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { type FormEvent, useId } from "react";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { TextArea } from "#components/ui/field.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { type HealRuleDto, healAcknowledged } from "#lib/wire/heal.ts";
import { healsKey } from "#lib/wire/queries.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";

/** Lets a heal rule go on that stopped itself: only with a word on what was found. */
export function AcknowledgeHeal({ rule, onClose }: { readonly rule: HealRuleDto; readonly onClose: () => void }) {
  const formId = useId();
  const client = useQueryClient();
  const send = useMutation({
    mutationFn: (comment: string) => {
      const path = `/api/v1/services/${encodeURIComponent(rule.serviceId)}/heals/acknowledge`;
      return orThrow(askApi(path, healAcknowledged, { method: "POST", body: { rule: rule.name, comment } }));
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: healsKey });
      onClose();
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    send.mutate(String(new FormData(event.currentTarget).get("comment") ?? "").trim());
  };
  return (
    <Dialog
      open
      width="sm"
      onOpenChange={(open) => !open && onClose()}
      title={`Let ${rule.serviceName} heal itself again`}
      description={`The rule for ${rule.name} may start again, with its whole budget, as soon as it finds something to heal.`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" pending={send.isPending}>
            Acknowledge
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} className="flex flex-col gap-3.5 px-4 py-4 sm:px-5.5">
        {send.error !== null && (
          <div role="alert">
            <Notice mark="critical" title="It was not done">
              {send.error.message}
            </Notice>
          </div>
        )}
        <Notice mark="warning" title="Why it stopped">
          <span className="block first-letter:uppercase">{rule.stopped?.words}</span>
          {rule.stopped?.runId != null && (
            <Link href={`/runs/${encodeURIComponent(rule.stopped.runId)}`} className="underline">
              See the run after which it did
            </Link>
          )}
        </Notice>
        <TextArea
          name="comment"
          label="What you found"
          rows={2}
          required
          maxLength={500}
          placeholder="For whoever reads it later"
        />
      </form>
    </Dialog>
  );
}
