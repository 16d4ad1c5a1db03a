"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import { TextArea } from "#components/ui/field.tsx";
import { FormDialog } from "#components/ui/form-dialog.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { textIn } from "#components/ui/text-in.ts";
import { type HealRuleDto, healAcknowledged } from "#lib/wire/heal.ts";
import { healsKey } from "#lib/wire/queries.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";

/** Lets a heal rule go on that stopped itself: only with a word on what was found. */
export function AcknowledgeHeal({ rule, onClose }: { readonly rule: HealRuleDto; readonly onClose: () => void }) {
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
  return (
    <FormDialog
      title={`Let ${rule.serviceName} heal itself again`}
      description={`The rule for ${rule.name} may start again, with its whole budget, as soon as it finds something to heal.`}
      submit="Acknowledge"
      send={send}
      onSubmit={(form) => send.mutate(textIn(form, "comment"))}
      onClose={onClose}
    >
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
    </FormDialog>
  );
}
