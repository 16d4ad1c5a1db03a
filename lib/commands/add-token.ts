import { randomUUID } from "node:crypto";
import type { z } from "zod";
import type { Actor } from "#lib/access/actor.ts";
import { commandRefusal, type Over } from "#lib/access/allowed.ts";
import { newApiToken, startOf } from "#lib/access/api-token.ts";
import { hashToken } from "#lib/access/bearer-token.ts";
import { err, type Result } from "#lib/core/result.ts";
import { done } from "#lib/store/act.ts";
import { insertApiToken } from "#lib/store/api-tokens.ts";
import type { ActingStore } from "#lib/store/open-store.ts";
import { listServices, type ServiceRow } from "#lib/store/services.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import type { TokenCreated, TokenScope, tokenRequest } from "#lib/wire/token.ts";

/**
 * Makes a token. The answer holds the only copy of it. A token makes no other tokens: one that was stolen must end when it
 * is revoked.
 */
export async function addToken(
  store: ActingStore,
  actor: Actor,
  wanted: z.output<typeof tokenRequest>,
  now: number,
): Promise<Result<TokenCreated, Refusal>> {
  const { name, scope, expiresInMs } = wanted;
  const refused = commandRefusal(actor, "add-token", overOf(scope));
  const deed = { actor, command: "add-token", target: name, at: now };
  if (refused !== null) return await store.refuse(deed, refused);
  const token = newApiToken();
  const made = { id: randomUUID(), name, start: startOf(token), scope, createdAt: now, createdBy: actor.name };
  const expiresAt = now + expiresInMs;
  return await store.act(deed, async (writing) => {
    const stranger = strangerIn(scope, await listServices(writing));
    if (stranger !== null) return err({ code: "not-found", detail: `There is no ${stranger.slice(0, 100)}` });
    await insertApiToken(writing, { ...made, sha256: hashToken(token), expiresAt });
    const after = { id: made.id, name, scope, expiresAt };
    const unused = { lastUsedAt: null, lastUsedFrom: null, revokedAt: null, revokedBy: null };
    return done({ ...made, ...unused, expiresAt, token }, { after });
  });
}

/** What one must administer to make or revoke a token of that scope. */
export function overOf(scope: TokenScope): Over {
  return scope.kind !== "door" && scope.group !== null ? { id: "", group: scope.group } : "all";
}

/** A group or service in it that is not there: most likely misspelt, and the token would open nothing. */
function strangerIn(scope: TokenScope, services: readonly ServiceRow[]): string | null {
  if (scope.kind !== "door") {
    const { group } = scope;
    return group === null || services.some((service) => service.group === group) ? null : `group ${group}`;
  }
  const reports = scope.door === "heartbeat";
  const known = services.filter(({ expectedSince }) => !reports || expectedSince !== undefined);
  const stranger = scope.services?.find((id) => !known.some((service) => service.id === id));
  return stranger === undefined ? null : `service ${stranger}${reports ? " that reports itself" : ""}`;
}
