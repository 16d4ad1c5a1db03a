"use client";

import type { ReactNode } from "react";
import { Button } from "#components/ui/button.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { KeyValues } from "#components/ui/key-values.tsx";
import { OverlayLine } from "#components/ui/node-overlay.tsx";
import { Popover, PopoverClose } from "#components/ui/popover.tsx";
import { type Mark, StatusMark } from "#components/ui/status-mark.tsx";
import { formatDuration } from "#lib/core/duration.ts";
import { formatCount, formatValue } from "#lib/core/unit.ts";
import type { HaproxyServer } from "#lib/integrations/haproxy/detail.ts";
import { markOf, stateWords } from "#lib/integrations/haproxy/panel-words.ts";
import type { BoardService } from "#lib/wire/board.ts";
import type { PanelProps } from "#lib/wire/panel.ts";
import { type NodeOverlay, offersFor, overlayOf } from "#lib/wire/reading.ts";

/** Up to this many servers stand there with their names; more become cells, named on pointing and in the popover. */
const mostNamed = 6;

/** A backend's servers in a row, one cell each, shape and colour by state. Each opens its figures and its buttons. */
export function Servers({
  servers,
  service,
  now,
  onAction,
}: {
  readonly servers: readonly HaproxyServer[];
  readonly service: BoardService;
  readonly now: number;
  readonly onAction: PanelProps["onAction"];
}) {
  if (servers.length === 0) return <span className="text-faint">no servers</span>;
  return (
    <ul className="flex flex-wrap gap-1">
      {servers.map((server) => (
        <li key={server.name}>
          <ServerCell
            server={server}
            overlay={overlayOf(service, { node: server.name, subject: server.backend }, now)}
            named={servers.length <= mostNamed}
            service={service}
            onAction={onAction}
          />
        </li>
      ))}
    </ul>
  );
}

function ServerCell({
  server,
  overlay,
  named,
  service,
  onAction,
}: {
  readonly server: HaproxyServer;
  readonly overlay: NodeOverlay | null;
  readonly named: boolean;
  readonly service: BoardService;
  readonly onAction: PanelProps["onAction"];
}) {
  const mark = overlay?.mark ?? markOf(server);
  const words = `${server.name}: ${stateWords(server)}${overlay === null ? "" : `. ${overlay.words}`}`;
  return (
    <Popover
      label={`${server.name} in ${server.backend}`}
      trigger={
        <button
          type="button"
          title={words}
          aria-label={`${words}. Open`}
          className={classNames(
            "flex items-center justify-center gap-1.5 rounded-sm border text-xs coarse:min-h-8",
            named ? "min-h-[1.375rem] px-1.5" : "h-[1.375rem] w-5 coarse:w-7",
            server.backup ? "border-dashed border-line-2" : "border-transparent",
            server.disagree && "border-solid border-warn",
            cellClass[mark],
          )}
        >
          <StatusMark mark={mark} size="xs" label={null} />
          {named && <span className="max-w-32 truncate">{server.name}</span>}
        </button>
      }
    >
      <ServerFigures server={server} mark={mark} overlay={overlay} />
      <ServerButtons server={server} service={service} onAction={onAction} />
    </Popover>
  );
}

const cellClass: Readonly<Record<Mark, string>> = {
  ok: "bg-ok-bg hover:bg-ok/25",
  info: "bg-raised hover:bg-hover",
  unknown: "bg-raised hover:bg-hover",
  warning: "bg-warn-bg hover:bg-warn/30",
  critical: "bg-crit-bg hover:bg-crit/30",
  healing: "bg-heal-bg hover:bg-heal/30",
  maintenance: "bg-maint-bg hover:bg-maint/30",
};

function ServerFigures({
  server,
  mark,
  overlay,
}: {
  readonly server: HaproxyServer;
  readonly mark: Mark;
  readonly overlay: NodeOverlay | null;
}) {
  return (
    <>
      <p className="flex items-center gap-2 font-semibold">
        <StatusMark mark={mark} label={null} />
        <span className="min-w-0 truncate">{server.name}</span>
        <span className="font-normal text-faint">in {server.backend}</span>
      </p>
      <OverlayLine overlay={overlay} />
      <p className="mt-0.5">
        {stateWords(server)}
        {server.lastChangeS !== null && (
          <span className="text-dim"> for {formatDuration(server.lastChangeS * 1_000)}</span>
        )}
      </p>
      {server.check !== null && (
        <p className={classNames("[overflow-wrap:anywhere]", server.check.passed === false ? "text-crit" : "text-dim")}>
          {server.check.reason}
          {server.check.said !== null && !server.check.reason.includes(server.check.said) && (
            <span className="block font-mono text-dim text-xs">{server.check.said}</span>
          )}
        </p>
      )}
      {server.agent !== null && <p className="text-dim [overflow-wrap:anywhere]">agent: {server.agent.reason}</p>}
      <KeyValues className="mt-2 border-line border-t pt-2" rows={serverRows(server)} />
      <ByProcess server={server} />
    </>
  );
}

function serverRows(server: HaproxyServer) {
  const limit = server.sessionsLimit === null ? "" : ` of ${formatCount(server.sessionsLimit)}`;
  const { times } = server;
  return [
    { name: "Status word", value: <span className="font-mono text-xs">{server.status}</span> },
    { name: "Sessions", value: `${formatValue(server.sessions, "count")}${limit}` },
    { name: "Queue", value: formatValue(server.queue, "count") },
    { name: "Requests", value: formatValue(server.rates.requestsPerS ?? server.rates.sessionsPerS, "per-second") },
    { name: "5xx answers", value: formatValue(server.errors5xxPercent, "percent") },
    { name: "Response time, average", value: formatValue(times?.responseMs, "ms") },
    { name: "Weight", value: formatValue(server.weight, "count") },
    { name: "Address", value: server.address },
  ].filter((row) => row.value !== null);
}

/** What each process says, only where there are several. */
function ByProcess({ server }: { readonly server: HaproxyServer }): ReactNode {
  if (server.on.length < 2) return null;
  return (
    <div className="mt-2 border-line border-t pt-2">
      {server.disagree && <p className="mb-1 font-medium text-warn">The processes disagree</p>}
      <KeyValues
        rows={server.on.map((seen) => ({
          name: seen.process,
          value: `${seen.status} · ${formatValue(seen.sessions, "count")} sessions`,
        }))}
      />
    </div>
  );
}

function ServerButtons({
  server,
  service,
  onAction,
}: {
  readonly server: HaproxyServer;
  readonly service: BoardService;
  readonly onAction: PanelProps["onAction"];
}) {
  const offers = onAction === null ? [] : offersFor(service.actions, "server", `${server.backend}/${server.name}`);
  if (offers.length === 0) return null;
  return (
    <div className="mt-3 flex flex-wrap gap-2">
      {offers.map(({ offer, params }) => (
        <PopoverClose key={offer.id} asChild>
          <Button
            variant={offer.risk === "critical" ? "critical" : "plain"}
            blocked={offer.blocked}
            title={offer.about}
            onClick={() => onAction?.(offer.id, params)}
          >
            {offer.title.replace(/ a server\b/, "")} …
          </Button>
        </PopoverClose>
      ))}
    </div>
  );
}
