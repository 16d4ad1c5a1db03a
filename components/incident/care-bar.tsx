"use client";

import { useState } from "react";
import { useLacks } from "#components/board/viewer.tsx";
import { CareDialog, type CareQuestion } from "#components/incident/care-dialog.tsx";
import { CareLines } from "#components/incident/care-lines.tsx";
import { acknowledgeQuestion, maintenanceQuestion, silenceQuestion } from "#components/incident/care-questions.ts";
import { Button } from "#components/ui/button.tsx";
import { isCovered } from "#lib/core/planned.ts";
import type { BoardService } from "#lib/wire/board.ts";

/** What can be said about trouble: that one has it, that it is planned, that nobody is to be told. */
export function CareBar({
  service,
  services,
  now,
  lines = true,
}: {
  /** The service it is about; `null` on a board without trouble. */
  readonly service: BoardService | null;
  readonly services: readonly BoardService[];
  readonly now: number;
  /** Whether what was said already is shown here. */
  readonly lines?: boolean;
}) {
  const { respond } = useLacks(service ?? "own");
  const [question, setQuestion] = useState<CareQuestion | null>(null);
  const troubled = service !== null && service.status !== "ok" && !isCovered(service, now);
  const again = (service?.acknowledgement?.until ?? 0) > now;
  return (
    <div className="flex flex-wrap items-start gap-2">
      {lines && service !== null && (
        <CareLines service={service} now={now} mayAct className="min-w-0 flex-[1_1_20rem]" />
      )}
      {troubled && !again && (
        <Button blocked={respond} onClick={() => setQuestion(acknowledgeQuestion(service))}>
          Acknowledge …
        </Button>
      )}
      {service !== null && (
        <Button variant="quiet" blocked={respond} onClick={() => setQuestion(silenceQuestion(service))}>
          Silence …
        </Button>
      )}
      <Button
        variant="quiet"
        blocked={respond}
        onClick={() => setQuestion(maintenanceQuestion(services, service === null ? undefined : service))}
      >
        Maintenance …
      </Button>
      {question !== null && <CareDialog question={question} onClose={() => setQuestion(null)} />}
    </div>
  );
}
