"use client";

import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "next/navigation";
import { useState } from "react";
import { PageTitle } from "#components/board/page-title.tsx";
import { useLiveBoard } from "#components/board/use-live-board.ts";
import { HealList } from "#components/heal/heal-list.tsx";
import { HealRules } from "#components/heal/heal-rules.tsx";
import { outcomeWords } from "#components/heal/heal-words.ts";
import { RunsHead } from "#components/run/runs-head.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { Select } from "#components/ui/select.tsx";
import { type HealOutcome, healOutcomes } from "#lib/core/heal.ts";
import type { HealsDto } from "#lib/wire/heal.ts";
import { healsQuery } from "#lib/wire/queries.ts";

/** What rules did by themselves, what they did not do and why, and how each rule stands. */
export function HealsPage({ heals }: { readonly heals: HealsDto }) {
  const { board, now } = useLiveBoard();
  const asked = useSearchParams().get("service") ?? "";
  const [service, setService] = useState(asked);
  const [outcome, setOutcome] = useState<HealOutcome | "">("");
  const filter = { ...(service === "" ? {} : { service }), ...(outcome === "" ? {} : { outcome }) };
  const whole = service === "" && outcome === "";
  const { data } = useQuery({ ...healsQuery(filter), ...(whole ? { initialData: heals } : {}) });
  const { rules = [], heals: ledger = [] } = data ?? {};
  const services = board.services.map(({ id, name }) => ({ value: id, label: name }));
  const outcomes = healOutcomes.map((value) => ({ value, label: outcomeWords[value].words }));
  return (
    <>
      <PageTitle page="Heals" />
      <RunsHead here="heals">
        What rules start by themselves, within their limits: every heal, and every one that was held back with the
        reason.
      </RunsHead>
      <div className="flex flex-col gap-3">
        <Panel id="rules" title="Rules" subtitle="from pitwall.yaml, as they stand now">
          {rules.length === 0 ? (
            <Empty title="No rule is set">
              A service heals itself once pitwall.yaml says how, under its key <code>heal</code>.
            </Empty>
          ) : (
            <div className="border-line border-t">
              <HealRules rules={rules} named />
            </div>
          )}
        </Panel>
        <Panel id="ledger" title="Ledger" subtitle="newest first">
          <div className="flex flex-wrap gap-3 border-line border-t px-3.5 py-2.5">
            <Select
              label="Service"
              className="min-w-40"
              options={[{ value: "", label: "All services" }, ...services]}
              value={service}
              onChange={(event) => setService(event.target.value)}
            />
            <Select
              label="What came of it"
              className="min-w-40"
              options={[{ value: "", label: "Everything" }, ...outcomes]}
              value={outcome}
              onChange={(event) => setOutcome(event.target.value as HealOutcome | "")}
            />
          </div>
          <div className="border-line border-t">
            {ledger.length === 0 ? (
              <Empty title={whole ? "Nothing was healed yet" : "Nothing like that"}>
                A rule writes a line when it starts something, and when it would have and must not.
              </Empty>
            ) : (
              <HealList heals={ledger} now={now} />
            )}
          </div>
        </Panel>
      </div>
    </>
  );
}
