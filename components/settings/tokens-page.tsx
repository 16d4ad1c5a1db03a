"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { useBoardNow } from "#components/board/live-provider.tsx";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { fullTime } from "#components/board/wall-time.ts";
import { AddToken } from "#components/settings/add-token.tsx";
import { SettingsHead } from "#components/settings/settings-head.tsx";
import { Button } from "#components/ui/button.tsx";
import { Empty } from "#components/ui/empty.tsx";
import { tokensQuery } from "#lib/wire/queries.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";
import type { TokenDto, TokenScope } from "#lib/wire/token.ts";

/** Tokens for scripts and machines: what each opens, until when, when it was last used; making and revoking them. */
export function TokensPage({
  tokens,
  groups,
  reporters,
}: {
  readonly tokens: readonly TokenDto[];
  readonly groups: readonly string[];
  /** Services that report themselves. */
  readonly reporters: readonly { readonly id: string; readonly name: string }[];
}) {
  const [adding, setAdding] = useState(false);
  const { data } = useQuery({ ...tokensQuery, initialData: { tokens: [...tokens] } });
  return (
    <>
      <SettingsHead
        title="Tokens"
        about="A token is sent in the header “Authorization: Bearer …”. It opens no pages, is told once, and works until it expires or is revoked."
        administers
      >
        <Button variant="primary" onClick={() => setAdding(true)}>
          Make a token …
        </Button>
      </SettingsHead>
      {data.tokens.length === 0 ? (
        <div className="rounded-lg border border-line bg-surface">
          <Empty title="No token was made yet">Scripts, pipelines and monitors each get one of their own.</Empty>
        </div>
      ) : (
        <ul className="overflow-hidden rounded-lg border border-line bg-surface">
          {data.tokens.map((token) => (
            <TokenRow key={token.id} token={token} />
          ))}
        </ul>
      )}
      {adding && <AddToken groups={groups} reporters={reporters} onClose={() => setAdding(false)} />}
    </>
  );
}

function TokenRow({ token }: { readonly token: TokenDto }) {
  const [zone, now, client] = [useTimeZone(), useBoardNow(), useQueryClient()];
  const revoke = useMutation({
    mutationFn: () =>
      orThrow(
        askApi(`/api/v1/tokens/${encodeURIComponent(token.id)}/revoke`, z.object({ id: z.string() }), {
          method: "POST",
          body: {},
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensQuery.queryKey }),
  });
  const works = token.revokedAt === null && (token.expiresAt === null || token.expiresAt > now);
  const used =
    token.lastUsedAt === null
      ? "never used"
      : `last used ${fullTime(token.lastUsedAt, zone)}${token.lastUsedFrom === null ? "" : ` from ${token.lastUsedFrom}`}`;
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-1.5 border-line border-t px-3.5 py-2.5 first:border-t-0">
      <div className={works ? "min-w-0 flex-[1_1_18rem]" : "min-w-0 flex-[1_1_18rem] text-faint"}>
        <p className="font-medium [overflow-wrap:anywhere]">
          {token.name} <span className="font-mono font-normal text-faint text-xs">{token.start}…</span>
        </p>
        <p className="text-dim">{scopeWords(token.scope)}</p>
        <p className="text-faint text-xs">
          Made {fullTime(token.createdAt, zone)} by {token.createdBy} · {used}
        </p>
        {revoke.error !== null && <p className="text-crit text-xs">{revoke.error.message}</p>}
      </div>
      <span className={works ? "text-dim" : "text-faint"}>{stateWords(token, works, zone)}</span>
      {works && (
        <Button size="sm" pending={revoke.isPending} onClick={() => revoke.mutate()}>
          Revoke
        </Button>
      )}
    </li>
  );
}

function stateWords({ revokedAt, revokedBy, expiresAt }: TokenDto, works: boolean, zone: string | undefined): string {
  if (revokedAt !== null) return `Revoked by ${revokedBy ?? "somebody"}`;
  if (!works) return "Expired";
  return expiresAt === null ? "Works until revoked" : `Works until ${fullTime(expiresAt, zone)}`;
}

/** `operator over “Data”`, `the door events`. */
function scopeWords(scope: TokenScope): string {
  if (scope.kind === "role") return `${scope.role} over ${scope.group === null ? "all services" : `“${scope.group}”`}`;
  if (scope.kind === "wall")
    return `a wall of ${scope.group === null ? "all services" : `“${scope.group}”`}: looks, nothing else`;
  return `the door ${scope.door} only${scope.services === undefined ? "" : `, for ${scope.services.join(", ")}`}`;
}
