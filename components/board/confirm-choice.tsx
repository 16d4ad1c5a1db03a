"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useLiveBoard } from "#components/board/use-live-board.ts";
import { useLacks } from "#components/board/viewer.tsx";
import { Button } from "#components/ui/button.tsx";
import { Menu, MenuItem, MenuSeparator } from "#components/ui/menu.tsx";
import { confirmWords } from "#lib/core/confirm-words.ts";
import type { Confirm } from "#lib/core/state.ts";
import { confirmAnswer } from "#lib/wire/confirm.ts";
import type { Explanation } from "#lib/wire/explain.ts";
import { askApi } from "#lib/wire/request.ts";

const choices: readonly { readonly confirm: Confirm; readonly hint: string }[] = [
  { confirm: { after: 1, recover: 1 }, hint: "calls at the first bad poll: for what never errs" },
  { confirm: { after: 3, recover: 2 }, hint: "the usual: a lost packet calls nobody" },
  { confirm: { after: 5, recover: 3 }, hint: "calmer: for what is slow to settle" },
  { confirm: { fails: 3, of: 5 }, hint: "catches what fails now and then" },
  { confirm: { fails: 5, of: 10 }, hint: "catches what fails half of the time" },
];

/** How trouble is confirmed, whose word that is, and other ways by a click. */
export function ConfirmChoice({ told, mayAct }: { readonly told: Explanation; readonly mayAct: boolean }) {
  const { configured, chosen } = told.confirm;
  const group = useLiveBoard().board.services.find(({ id }) => id === told.serviceId)?.group ?? null;
  const { respond } = useLacks({ group });
  const cache = useQueryClient();
  const choose = useMutation({
    mutationFn: async (confirm: Confirm | null) => {
      const path = `/api/v1/services/${encodeURIComponent(told.serviceId)}/confirmation`;
      const asked = await askApi(path, confirmAnswer, { method: "POST", body: { confirm } });
      if (!asked.ok) throw new Error(asked.error.detail);
    },
    onSuccess: () => cache.invalidateQueries({ queryKey: ["explain", told.serviceId] }),
  });
  const now = chosen?.confirm ?? configured;
  if (now === null) return null;
  return (
    <div className="mt-1.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-dim" data-confirm={JSON.stringify(now)}>
      <span className="min-w-0">
        Trouble is confirmed by {confirmWords(now)}
        <span className="text-faint text-xs">{chosen === null ? " · pitwall.yaml" : ` · chosen by ${chosen.by}`}</span>
      </span>
      {mayAct && (
        <Menu
          align="start"
          trigger={
            <Button variant="quiet" size="sm" blocked={respond ?? (choose.isPending ? "being changed" : null)}>
              Change …
            </Button>
          }
        >
          {choices
            .filter(({ confirm }) => confirmWords(confirm) !== confirmWords(now))
            .map(({ confirm, hint }) => (
              <MenuItem key={confirmWords(confirm)} hint={hint} onSelect={() => choose.mutate(confirm)}>
                {confirmWords(confirm)}
              </MenuItem>
            ))}
          {chosen !== null && configured !== null && (
            <>
              <MenuSeparator />
              <MenuItem hint={confirmWords(configured)} onSelect={() => choose.mutate(null)}>
                As pitwall.yaml says
              </MenuItem>
            </>
          )}
        </Menu>
      )}
      {choose.error !== null && <span className="basis-full text-crit">Not changed: {choose.error.message}</span>}
    </div>
  );
}
