"use client";

import Link from "next/link";
import type { ReactNode } from "react";
import { differences } from "#components/audit/differences.ts";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { fullTime } from "#components/board/wall-time.ts";
import type { AuditRowDto } from "#lib/wire/audit.ts";

/** One row: a sentence that opens to everything that is known of it. */
export function AuditRow({ row }: { readonly row: AuditRowDto }) {
  const zone = useTimeZone();
  const refused = row.outcome === "refused";
  return (
    <li className="border-line border-t first:border-t-0">
      <details>
        <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3 gap-y-0.5 px-3.5 py-2 hover:bg-raised">
          <time className="flex-none text-faint tabular-nums" dateTime={new Date(row.at).toISOString()}>
            {fullTime(row.at, zone)}
          </time>
          <span className="min-w-0 font-medium [overflow-wrap:anywhere]">{row.actorName}</span>
          <span className={refused ? "text-crit" : "text-text"}>
            {refused && (row.times > 1 ? `refused ${row.times} times: ` : "refused: ")}
            {row.command}
          </span>
          <span className="min-w-0 text-dim [overflow-wrap:anywhere]">{row.target}</span>
        </summary>
        <Opened row={row} />
      </details>
    </li>
  );
}

function Opened({ row }: { readonly row: AuditRowDto }) {
  const changed = differences(row.before, row.after);
  return (
    <div className="flex flex-col gap-3 border-line border-t bg-bg px-3.5 py-3">
      <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1 [overflow-wrap:anywhere]">
        <Fact name="Row">{row.id}</Fact>
        <Fact name="From">{row.actorFrom}</Fact>
        <Fact name="Known by">{row.method}</Fact>
        <Fact name="Roles">{row.actorRole}</Fact>
        <Fact name="Reason">{row.reason}</Fact>
        <Fact name="Refused">{row.refusal}</Fact>
        <Fact name="Service">{linkTo("/services/", row.serviceId)}</Fact>
        <Fact name="Run">{linkTo("/runs/", row.runId)}</Fact>
        <Fact name="Approval">{row.approvalId}</Fact>
        <Fact name="Incident">{linkTo("/incidents/", row.incidentId)}</Fact>
        <Fact name="Snapshot">{row.snapshotId === null ? null : <Link href="/snapshots">{row.snapshotId}</Link>}</Fact>
        <Fact name="Hash">{row.hash}</Fact>
      </dl>
      {changed.length > 0 && (
        <div className="overflow-x-auto">
          <table className="w-full text-left [&_td]:py-1 [&_td]:pr-4 [&_td]:align-top [&_th]:pr-4 [&_th]:font-medium">
            <thead className="text-dim text-xs">
              <tr>
                <th scope="col">What</th>
                <th scope="col">Before</th>
                <th scope="col">After</th>
              </tr>
            </thead>
            <tbody className="font-mono text-xs [overflow-wrap:anywhere]">
              {changed.map(({ path, before, after }) => (
                <tr key={path} className="border-line border-t">
                  <td>{path}</td>
                  <td className="text-dim">{before ?? "–"}</td>
                  <td>{after ?? "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  if (children === null) return null;
  return (
    <>
      <dt className="text-faint">{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function linkTo(below: string, id: string | null): ReactNode {
  if (id === null) return null;
  return (
    <Link href={`${below}${encodeURIComponent(id)}`} className="underline">
      {id}
    </Link>
  );
}
