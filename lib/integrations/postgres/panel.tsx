"use client";

import { ActionBar } from "#components/ui/action-bar.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { FindingLines } from "#components/ui/finding-lines.tsx";
import { KeyValues } from "#components/ui/key-values.tsx";
import { LastReading } from "#components/ui/last-reading.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { toneOf, toneText } from "#components/ui/tone.ts";
import { formatDuration } from "#lib/core/duration.ts";
import { formatBytes } from "#lib/core/unit.ts";
import type { PostgresDetail, PostgresNode, SessionView } from "#lib/integrations/postgres/detail.ts";
import { type ManagerId, managerOf } from "#lib/integrations/postgres/manager.ts";
import { Sessions } from "#lib/integrations/postgres/panel-sessions.tsx";
import { Topology } from "#lib/integrations/postgres/panel-topology.tsx";
import { archives, archiveWords, poolerWords, standbySentence } from "#lib/integrations/postgres/panel-words.ts";
import type { FindingDto } from "#lib/wire/board.ts";
import type { PanelProps } from "#lib/wire/panel.ts";
import { severityOf } from "#lib/wire/reading.ts";

const splitRule = "two-writable";

/** A cluster is a primary with its replicas; below, the sessions and the archive that could hurt it. */
export default function PostgresPanel({ service, detail, now, onAction }: PanelProps<PostgresDetail>) {
  return (
    <>
      <LastReading
        failure={service.failure}
        firstWithinMs={service.intervalMs}
        checkedAt={service.checkedAt}
        readAt={service.detailAt ?? null}
        now={now}
      >
        {detail === null ? null : (
          <div className="flex flex-col gap-2.5">
            <SplitNotice findings={service.findings} />
            <Topology detail={detail} service={service} now={now} />
            <FindingLines findings={untold(service.findings)} offers={service.actions} onAction={onAction} />
            <Facts detail={detail} findings={service.findings} />
            <Sessions detail={detail} offers={service.actions} onAction={onAction} />
          </div>
        )}
      </LastReading>
      <ActionBar
        sentence={detail === null || service.failure !== null ? undefined : standbySentence(detail)}
        offers={service.actions}
        onAction={onAction}
        findings={service.findings}
      />
    </>
  );
}

/** The worst that can happen to a cluster, said so that nobody overlooks it. */
function SplitNotice({ findings }: { readonly findings: readonly FindingDto[] }) {
  return findings
    .filter((finding) => finding.rule === splitRule)
    .map((finding) => (
      <Notice key={finding.message} mark="critical" title={finding.message}>
        What is written to one is missing on the other. Keep clients off the one with the lower timeline before anything
        else is done.
      </Notice>
    ));
}

/** Longest query, slots and archive: one line each, of the node that takes writes or else of whichever told; and the poolers. */
function Facts({ detail, findings }: { readonly detail: PostgresDetail; readonly findings: readonly FindingDto[] }) {
  const main = mainNode(detail);
  const rows = [
    ...(main === null ? [] : nodeFacts(main, detail)),
    ...(detail.poolers ?? []).map((pooler) => ({
      name: `PgBouncer ${pooler.name}`,
      value: poolerWords(pooler),
      about: { subject: pooler.name, rules: ["pooler-held", "pooler-astray"] },
    })),
  ];
  if (rows.length === 0) return null;
  return (
    <KeyValues
      rows={rows.map(({ name, value, about }) => ({
        name,
        value,
        tone: toneText[toneOf(severityOf(findings, about))],
      }))}
    />
  );
}

function nodeFacts(main: PostgresNode, detail: PostgresDetail) {
  const rows = [
    {
      name: "Longest query",
      value: <SessionLine session={main.sessions?.longestQuery ?? null} />,
      rules: ["longest-query"],
    },
    ...slotRows(main),
    ...(detail.cluster.managers ?? []).map((id) => ({
      name: "Moved by",
      value: <ManagerLine id={id} detail={detail} />,
      rules: [],
    })),
    ...(main.archiver === null || !archives(main.archiver)
      ? []
      : [{ name: "Archive", value: archiveWords(main.archiver), rules: ["archiver-failing", "archive-backlog"] }]),
  ];
  return rows.map(({ name, value, rules }) => ({ name, value, about: { node: main.name, rules } }));
}

/** Who else moves the primary, and the command to do it by hand. */
function ManagerLine({ id, detail }: { readonly id: ManagerId; readonly detail: PostgresDetail }) {
  const { title, door } = managerOf(id);
  const from = detail.cluster.primary ?? "LEADER";
  const to = detail.nodes.find((node) => node.name !== from)?.name ?? "NODE";
  const command = door(detail.cluster.primary === null ? "failover" : "switchover", from, to);
  return (
    <span className="inline-flex flex-wrap items-center justify-end gap-2">
      {title}
      {command === null ? null : (
        <>
          <code className="font-mono text-xs">{command}</code>
          <CopyButton text={command} />
        </>
      )}
    </span>
  );
}

function slotRows(node: PostgresNode) {
  return (node.slots ?? [])
    .filter((slot) => !slot.active || (slot.walStatus !== null && slot.walStatus !== "reserved"))
    .slice(0, 3)
    .map((slot) => ({
      name: `Slot ${slot.name}`,
      value: [
        slot.active ? null : "not in use",
        slot.retainedBytes === null ? null : `keeps ${formatBytes(slot.retainedBytes)}`,
        slot.walStatus === "reserved" ? null : slot.walStatus,
        slot.invalidation,
      ]
        .filter((word) => word !== null)
        .join(" · "),
      rules: ["slot-inactive", "slot-retained", "slot-lost"],
    }));
}

function SessionLine({ session }: { readonly session: SessionView | null }) {
  if (session === null) return <span className="text-dim">none</span>;
  const age = session.queryAgeS === null ? "" : `${formatDuration(session.queryAgeS * 1_000)} · `;
  return (
    <span className="block truncate font-mono text-xs" title={session.queryText ?? undefined}>
      {age}pid {session.pid} · {session.queryText ?? session.state ?? "query not shown"}
    </span>
  );
}

/** The node whose sessions matter most: the one that takes writes. */
function mainNode(detail: PostgresDetail): PostgresNode | null {
  const answering = detail.nodes.filter((node) => node.failure === null);
  return answering.find((node) => node.name === detail.cluster.primary) ?? answering[0] ?? null;
}

/** Two writable nodes have their own notice, and of a lag told in time and in bytes the first is enough. */
function untold(findings: readonly FindingDto[]): FindingDto[] {
  const late = findings.filter((finding) => finding.rule === "lag-seconds").map((finding) => finding.node);
  return findings.filter(
    (finding) => finding.rule !== splitRule && !(finding.rule === "lag-bytes" && late.includes(finding.node)),
  );
}
