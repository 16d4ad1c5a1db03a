"use client";

import { useQueryClient } from "@tanstack/react-query";
import { usePathname, useSearchParams } from "next/navigation";
import { createContext, type ReactNode, useContext, useState } from "react";
import type { OpenAction } from "#components/board/verdict-section.tsx";
import { useViewer } from "#components/board/viewer.tsx";
import { ActionDialog, type Params, prefilled } from "#components/run/action-dialog.tsx";
import { RunDialog } from "#components/run/run-dialog.tsx";
import { type RunWish, useStartRun } from "#components/run/use-run.ts";
import type { BoardService, OfferDto } from "#lib/wire/board.ts";
import { boardQuery } from "#lib/wire/queries.ts";
import { careFor } from "#lib/wire/run.ts";
import type { RunbookOfRun } from "#lib/wire/runbook-mark.ts";
import { blockedFor } from "#lib/wire/viewer.ts";

interface RunHostValue {
  readonly openAction: OpenAction;
  readonly openRun: (runId: string) => void;
}

interface Choice {
  readonly service: BoardService;
  readonly offer: OfferDto;
  readonly params: Params;
  /** The step of a runbook that it is started from. */
  readonly from: RunbookOfRun | undefined;
  /** One for the whole choice: a click repeated after a lost answer starts nothing twice. */
  readonly idempotencyKey: string;
}

const RunHostContext = createContext<RunHostValue | null>(null);

/** The one place that actions open in, whatever page or button asks. The open run stands in the address: a reload keeps it. */
export function RunHost({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const viewer = useViewer();
  const [choice, setChoice] = useState<Choice | null>(null);
  const [shownRun, showRun] = useRunInAddress();
  const start = useStartRun((run) => {
    setChoice(null);
    showRun(run.id);
  });

  const wish = ({ service, offer, idempotencyKey, from }: Choice, params: Params, mode: RunWish["mode"]) => {
    // A rehearsal does nothing that a runbook would have to know of.
    const linked = from === undefined || mode === "dry" ? {} : { runbook: from };
    start.mutate({ serviceId: service.id, action: offer.id, params, mode, idempotencyKey, ...linked });
  };
  const openAction: OpenAction = (serviceId, actionId, wanted = {}, from = undefined) => {
    const told = client.getQueryData(boardQuery.queryKey);
    const board = told === undefined || viewer === null ? told : blockedFor(viewer, told);
    const service = board?.services.find(({ id }) => id === serviceId);
    const offer = service?.actions.find(({ id }) => id === actionId);
    if (service === undefined || offer === undefined) return;
    start.reset();
    showRun(null);
    const made = { service, offer, params: wanted, from, idempotencyKey: crypto.randomUUID() };
    setChoice(made);
    // Planning only looks. Where nothing is left to choose, it saves a tired reader a click.
    const params = prefilled(offer, wanted);
    const complete = offer.params.every((field) => params[field.name] !== undefined);
    if (complete && offer.blocked === null && careFor(offer.risk) !== "one-click") wish(made, params, "plan");
  };
  const value = { openAction, openRun: showRun };

  return (
    <RunHostContext value={value}>
      {children}
      {choice !== null && (
        <ActionDialog
          key={`${choice.service.id} ${choice.offer.id}`}
          service={choice.service}
          offer={choice.offer}
          initial={choice.params}
          pending={start.isPending}
          problem={start.error?.message ?? null}
          onStart={(params, mode) => wish(choice, params, mode)}
          onClose={() => setChoice(null)}
        />
      )}
      {choice === null && shownRun !== null && (
        <RunDialog
          runId={shownRun}
          onClose={() => showRun(null)}
          onUndo={showRun}
          onAgain={(run) => openAction(run.serviceId, run.action, run.params)}
        />
      )}
    </RunHostContext>
  );
}

export function useRunHost(): RunHostValue {
  const host = useContext(RunHostContext);
  if (host === null) throw new Error("RunHost is missing above this component");
  return host;
}

function useRunInAddress(): [string | null, (runId: string | null) => void] {
  const pathname = usePathname();
  const search = useSearchParams();
  const show = (runId: string | null) => {
    const next = new URLSearchParams(search);
    if (runId === null) next.delete("run");
    else next.set("run", runId);
    const query = next.size === 0 ? "" : `?${next}`;
    window.history.replaceState(null, "", `${pathname}${query}`);
  };
  return [search.get("run"), show];
}
