"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { HealList } from "#components/heal/heal-list.tsx";
import { HealRules } from "#components/heal/heal-rules.tsx";
import { Panel } from "#components/ui/panel.tsx";
import { healsQuery } from "#lib/wire/queries.ts";

const shown = 8;

/** How one service heals itself; nothing where it has no rule and never had one. */
export function ServiceHeals({ serviceId, now }: { readonly serviceId: string; readonly now: number }) {
  const { data } = useQuery(healsQuery({ service: serviceId }));
  const { rules = [], heals = [] } = data ?? {};
  if (rules.length === 0 && heals.length === 0) return null;
  return (
    <Panel id="heals" title="Heals itself" subtitle="within limits, and written down">
      {rules.length > 0 && (
        <div className="border-line border-t">
          <HealRules rules={rules} />
        </div>
      )}
      {heals.length > 0 && (
        <div className="border-line border-t">
          <HealList heals={heals.slice(0, shown)} now={now} named={false} />
        </div>
      )}
      {heals.length > shown && (
        <p className="border-line border-t px-3.5 py-2 text-dim">
          <Link href={`/heals?service=${encodeURIComponent(serviceId)}`} className="underline">
            All {heals.length} occasions
          </Link>
        </p>
      )}
    </Panel>
  );
}
