"use client";

import { Button } from "#components/ui/button.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { formatDuration } from "#lib/core/duration.ts";
import type { BlockingChain, PostgresDetail, SessionView } from "#lib/integrations/postgres/detail.ts";
import { who } from "#lib/integrations/postgres/panel-words.ts";
import type { OfferDto } from "#lib/wire/board.ts";
import type { PanelProps } from "#lib/wire/panel.ts";

interface Acting {
  readonly offers: readonly OfferDto[];
  readonly onAction: PanelProps["onAction"];
}

/** Statements and transactions are listed from here on: below, they are everyday work. */
const listedFromS = 10;
const mostListed = 5;

/** Who blocks whom, and what has been going on for long, each with the button that ends it. */
export function Sessions({ detail, ...acting }: Acting & { readonly detail: PostgresDetail }) {
  return (
    <>
      <Chains detail={detail} {...acting} />
      <Oldest detail={detail} {...acting} />
    </>
  );
}

/** Long work that is no root of a chain: that one stands above already. */
function Oldest({ detail, ...acting }: Acting & { readonly detail: PostgresDetail }) {
  const old = detail.nodes
    .flatMap((node) => {
      const roots = new Set(node.sessions?.chains.map(({ root }) => root.pid));
      const listed = (node.sessions?.oldest ?? []).filter(({ pid }) => !roots.has(pid));
      return listed.map((session) => ({ node: node.name, session, ageS: ageOf(session) }));
    })
    .filter(({ ageS }) => ageS >= listedFromS)
    .sort((a, b) => b.ageS - a.ageS);
  if (old.length === 0) return null;
  return (
    <ul aria-label="Long work" className="flex flex-col gap-1 border-line border-t pt-2">
      {old.slice(0, mostListed).map(({ node, session, ageS }) => (
        <li key={`${node}-${session.pid}`} className="flex items-center justify-between gap-2">
          <span className="min-w-0 flex-1">
            <span className="block truncate">
              {session.state === "active" ? "runs" : (session.state ?? "open")} for {formatDuration(ageS * 1_000)}
              <span className="text-dim">
                {" · "}
                {who(session)} · pid {session.pid} on {node}
              </span>
            </span>
            <span className="block truncate font-mono text-dim text-xs" title={session.queryText ?? undefined}>
              {session.queryText ?? "query not shown"}
            </span>
          </span>
          <EndButtons session={session} node={node} {...acting} />
        </li>
      ))}
      {old.length > mostListed && <li className="text-faint text-xs">and {old.length - mostListed} more</li>}
    </ul>
  );
}

function ageOf(session: SessionView): number {
  return (session.state === "active" ? session.queryAgeS : session.stateAgeS) ?? session.transactionAgeS ?? 0;
}

/** Cancel for what runs, terminate for what is silent; nothing where nobody may act or nothing may be ended. */
function EndButtons({
  session,
  node,
  offers,
  onAction,
}: Acting & { readonly session: SessionView; readonly node: string }) {
  const id = session.state === "active" ? "cancel-query" : "terminate-session";
  const value = `${node}/${session.identity}`;
  const offer = offers.find((each) => each.id === id);
  const possible = offer?.params[0]?.options.some((option) => option.value === value) === true;
  if (offer === undefined || onAction === null || !possible) return null;
  return (
    <Button size="sm" title={offer.about} blocked={offer.blocked} onClick={() => onAction(id, { session: value })}>
      {id === "cancel-query" ? "Cancel" : "Terminate"} …
    </Button>
  );
}

/** Who blocks whom, root first: the root is what to end. */
function Chains({ detail, ...acting }: Acting & { readonly detail: PostgresDetail }) {
  const chains = detail.nodes.flatMap((node) =>
    (node.sessions?.chains ?? []).map((chain) => ({ chain, node: node.name })),
  );
  if (chains.length === 0) return null;
  return (
    <ul className="flex flex-col gap-1.5 border-line border-t pt-2">
      {chains.slice(0, 3).map(({ chain, node }) => (
        <li key={`${node}-${chain.root.pid}`}>
          <ChainLines chain={chain} node={node} {...acting} />
        </li>
      ))}
      {chains.length > 3 && <li className="text-faint text-xs">and {chains.length - 3} more</li>}
    </ul>
  );
}

function ChainLines({ chain, node, ...acting }: Acting & { readonly chain: BlockingChain; readonly node: string }) {
  const { root } = chain;
  const wait = chain.longestWaitS === null ? "" : `, the longest for ${formatDuration(chain.longestWaitS * 1_000)}`;
  return (
    <>
      <p className="flex items-start justify-between gap-2">
        <span>
          <span className="font-medium">
            pid {root.pid} on {node} blocks {chain.blockedCount} {chain.blockedCount === 1 ? "session" : "sessions"}
          </span>
          <span className="text-dim">
            {wait} · {who(root)}
          </span>
        </span>
        <EndButtons session={root} node={node} {...acting} />
      </p>
      <ul className="mt-0.5 ml-1 border-line-2 border-l pl-2.5 font-mono text-xs">
        <li className="truncate" title={root.queryText ?? undefined}>
          {root.queryText ?? root.state ?? "query not shown"}
        </li>
        {chain.blocked.slice(0, 3).map((session) => (
          <li
            key={session.pid}
            className={classNames("truncate text-dim", session.depth > 1 && "pl-3")}
            title={session.queryText ?? undefined}
          >
            pid {session.pid} waits
            {session.stateAgeS === null ? "" : ` ${formatDuration((session.queryAgeS ?? session.stateAgeS) * 1_000)}`}
            {" · "}
            {session.queryText ?? "query not shown"}
          </li>
        ))}
        {chain.blockedCount > 3 && <li className="text-faint">and {chain.blockedCount - 3} more wait</li>}
      </ul>
    </>
  );
}
