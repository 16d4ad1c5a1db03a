"use client";

import { Meter } from "#components/charts/meter.tsx";
import { lastValue } from "#components/charts/scale.ts";
import { Sparkline } from "#components/charts/sparkline.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { KeyValues } from "#components/ui/key-values.tsx";
import { NodeMark, OverlayLine } from "#components/ui/node-overlay.tsx";
import { Popover } from "#components/ui/popover.tsx";
import { toneOf, toneText } from "#components/ui/tone.ts";
import { formatCount } from "#lib/core/unit.ts";
import type { PostgresDetail, PostgresNode, ReplicaView } from "#lib/integrations/postgres/detail.ts";
import { lagWords, markOf, nodeRows } from "#lib/integrations/postgres/panel-words.ts";
import type { BoardService } from "#lib/wire/board.ts";
import { findingsAbout, overlayOf, seriesOf, severityOf } from "#lib/wire/reading.ts";

/**
 * The cluster as it stands: who takes writes on the left, who follows on the right, between them how far behind. A node
 * that could not be asked is dashed; two that take writes stand side by side in red.
 */
export function Topology({
  detail,
  service,
  now,
}: {
  readonly detail: PostgresDetail;
  readonly service: BoardService;
  readonly now: number;
}) {
  const followers = detail.nodes.filter(
    (node) => node.role === "replica" && !detail.cluster.writable.includes(node.name),
  );
  const leaders = detail.nodes.filter((node) => !followers.includes(node));
  const split = detail.cluster.writable.length > 1;
  return (
    <div className="grid items-center gap-x-2 gap-y-2 @md:grid-cols-[minmax(8.5rem,auto)_minmax(0,1fr)]">
      <div className={classNames("flex flex-col gap-2", followers.length === 0 && "@md:col-span-2 @md:flex-row")}>
        {leaders.map((node) => (
          <NodeBox key={node.name} node={node} service={service} now={now} split={split} />
        ))}
      </div>
      {followers.length > 0 && (
        <ul className="grid min-w-0 grid-cols-[minmax(0,1fr)_minmax(9.5rem,auto)] gap-2">
          {followers.map((node) => (
            <li key={node.name} className="col-span-full grid grid-cols-subgrid items-center">
              <Link node={node} service={service} />
              <NodeBox node={node} service={service} now={now} split={false} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function NodeBox({
  node,
  service,
  now,
  split,
}: {
  readonly node: PostgresNode;
  readonly service: BoardService;
  readonly now: number;
  readonly split: boolean;
}) {
  const severity = severityOf(service.findings, { node: node.name });
  const overlay = overlayOf(service, { node: node.name }, now);
  const shouts = split && node.role === "primary" && node.failure === null;
  return (
    <Popover
      label={`${node.name} in figures`}
      trigger={
        <button
          type="button"
          className={classNames(
            "w-full min-w-0 rounded-md border px-2.5 py-1.5 text-left",
            node.failure === null ? "bg-raised hover:bg-hover" : "border-dashed bg-transparent hover:bg-raised",
            shouts || (severity === "critical" && node.failure === null)
              ? "border-crit"
              : node.failure === null
                ? "border-line-2"
                : "border-edge",
            shouts && "bg-crit-bg",
          )}
        >
          <span className="flex items-center gap-2 font-semibold">
            <NodeMark own={shouts ? "critical" : markOf(node, severity)} overlay={shouts ? null : overlay} />
            <span className="min-w-0 truncate">{node.name}</span>
          </span>
          <NodeLines node={node} service={service} />
        </button>
      }
    >
      <p className="font-semibold">{node.name}</p>
      <p className="mb-2 text-faint text-xs">{node.address}</p>
      <OverlayLine overlay={overlay} />
      {node.failure !== null && <p className="mb-2 text-dim [overflow-wrap:anywhere]">{node.failure.what}</p>}
      {findingsAbout(service.findings, { node: node.name }).map((finding) => (
        <p key={`${finding.rule}-${finding.subject ?? ""}`} className="mb-1 [overflow-wrap:anywhere]">
          {finding.message}
        </p>
      ))}
      <KeyValues rows={nodeRows(node)} />
    </Popover>
  );
}

/** What stands in a node's box: its role, then the one number that matters for that role. */
function NodeLines({ node, service }: { readonly node: PostgresNode; readonly service: BoardService }) {
  if (node.failure !== null) {
    const was = node.role === null ? "" : `${node.roleFrom === "last" ? "was " : ""}${node.role} · `;
    return <span className="block truncate text-dim text-xs">{was}cannot be asked</span>;
  }
  if (node.replica !== null) return <ReplicaLine node={node} replica={node.replica} service={service} />;
  const tone = toneOf(severityOf(service.findings, { node: node.name, rules: ["connections"] }));
  return (
    <>
      <span className="block text-dim text-xs">
        {node.role === "primary" ? "primary · takes writes" : "role unknown"}
      </span>
      {node.connections !== null && (
        <>
          <span className={classNames("block text-xs", tone === "quiet" ? "text-dim" : toneText[tone])}>
            {formatCount(node.connections.used)} / {formatCount(node.connections.limit)} connections
          </span>
          <Meter
            value={node.connections.used}
            max={node.connections.limit}
            tone={tone}
            label={`${node.connections.used} of ${node.connections.limit} connections`}
            className="mt-1 mb-0.5"
          />
        </>
      )}
    </>
  );
}

function ReplicaLine({
  node,
  replica,
  service,
}: {
  readonly node: PostgresNode;
  readonly replica: ReplicaView;
  readonly service: BoardService;
}) {
  const tone = toneOf(severityOf(service.findings, { node: node.name }));
  const sync = replica.syncState === null || replica.syncState === "async" ? "" : ` · ${replica.syncState}`;
  return (
    <span className={classNames("block text-xs", tone === "quiet" ? "text-dim" : toneText[tone])}>
      {lagWords(replica)}
      {sync}
    </span>
  );
}

/** The line between a replica and what it follows: its lag over time, or why there is none. */
function Link({ node, service }: { readonly node: PostgresNode; readonly service: BoardService }) {
  const { replica } = node;
  if (replica === null || replica.state === "disconnected" || replica.state === "unknown") {
    const why = node.failure === null ? (replica?.why ?? "not known") : "cannot be asked";
    return (
      <span className="flex min-w-0 flex-col items-center gap-0.5">
        <span aria-hidden="true" className="w-full border-edge border-t border-dashed" />
        <span
          className={classNames(
            "max-w-full text-balance text-center text-2xs",
            replica?.state === "disconnected" ? "text-crit" : "text-faint",
          )}
        >
          {why}
        </span>
      </span>
    );
  }
  const seconds = seriesOf(service.trend, "lag_seconds", node.name);
  const inBytes = lastValue(seconds) === null;
  const values = inBytes ? seriesOf(service.trend, "lag_bytes", node.name) : seconds;
  const about = findingsAbout(service.findings, { node: node.name }).find((finding) => isLag(finding.rule, inBytes));
  const severity = about?.severity ?? null;
  return (
    <span className="flex min-w-0 flex-col gap-0.5">
      <Sparkline
        values={values}
        limit={about?.limit ?? null}
        atLeast={inBytes ? 1_000_000 : 1}
        tone={severity === null ? "quiet" : toneOf(severity)}
        label={`replication lag of ${node.name}: ${lagWords(replica)}`}
        className="h-7"
      />
      {replica.state !== "streaming" && (
        <span className={classNames("text-center text-2xs", replica.state === "frozen" ? "text-crit" : "text-warn")}>
          {replica.state === "paused" ? "replay paused" : replica.why}
        </span>
      )}
    </span>
  );
}

function isLag(rule: string, inBytes: boolean): boolean {
  return rule.includes("lag") && rule.includes("bytes") === inBytes;
}
