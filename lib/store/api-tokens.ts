import type { ApiToken } from "#lib/store/client/client.ts";
import type { Reading, Writing } from "#lib/store/open-store.ts";
import { type TokenDto, type TokenScope, tokenScope } from "#lib/wire/token.ts";

export async function insertApiToken(
  { db }: Writing,
  token: Pick<TokenDto, "id" | "name" | "start" | "scope" | "createdBy" | "createdAt"> & {
    readonly sha256: string;
    readonly expiresAt: number;
  },
): Promise<void> {
  await db.apiToken.create({
    data: {
      ...token,
      scope: JSON.stringify(token.scope),
      createdAt: new Date(token.createdAt),
      expiresAt: new Date(token.expiresAt),
    },
  });
}

/** Newest first, revoked and expired ones included. */
export async function listApiTokens({ db }: Reading): Promise<TokenDto[]> {
  return (await db.apiToken.findMany({ orderBy: { createdAt: "desc" }, take: 1_000 })).map(toToken);
}

export async function findApiToken({ db }: Reading, id: string): Promise<TokenDto | null> {
  const row = await db.apiToken.findUnique({ where: { id } });
  return row === null ? null : toToken(row);
}

/** By the hash (SHA-256, hex) of what somebody holds. */
export async function findApiTokenByHash({ db }: Reading, sha256: string): Promise<TokenDto | null> {
  const row = await db.apiToken.findUnique({ where: { sha256 } });
  return row === null ? null : toToken(row);
}

export async function touchApiToken({ db }: Writing, id: string, from: string | null, now: number): Promise<void> {
  await db.apiToken.update({ where: { id }, data: { lastUsedAt: new Date(now), lastUsedFrom: from } });
}

export async function revokeApiToken({ db }: Writing, id: string, by: string, now: number): Promise<void> {
  await db.apiToken.update({ where: { id }, data: { revokedAt: new Date(now), revokedBy: by } });
}

function toToken({ sha256: _, ...row }: ApiToken): TokenDto {
  const scope: TokenScope = tokenScope.parse(JSON.parse(row.scope));
  return {
    ...row,
    scope,
    createdAt: row.createdAt.getTime(),
    expiresAt: row.expiresAt?.getTime() ?? null,
    lastUsedAt: row.lastUsedAt?.getTime() ?? null,
    revokedAt: row.revokedAt?.getTime() ?? null,
  };
}
