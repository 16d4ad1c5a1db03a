import { systemActor } from "#lib/access/actor.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { withStore } from "#lib/cli/with-store.ts";
import { addToken } from "#lib/commands/add-token.ts";
import { revokeToken } from "#lib/commands/revoke-token.ts";
import { parseDurationMs } from "#lib/core/duration.ts";
import { tokensView } from "#lib/views/tokens-view.ts";
import { type TokenDto, type TokenScope, tokenRequest, wallPath } from "#lib/wire/token.ts";

export interface TokenOptions {
  readonly role?: string;
  readonly group?: string;
  readonly door?: string;
  readonly wall?: boolean;
  readonly service?: readonly string[];
  readonly expires?: string;
}

const commandLine = { ...systemActor("command line"), method: "command-line" } as const;

/** `pitwall token add`: prints the token (of a wall, its link's path) alone, for a script to catch; there is no other copy of it. */
export async function addTokenHere(surroundings: Surroundings, name: string, options: TokenOptions): Promise<number> {
  const { say, complain } = surroundings;
  const opens = [options.role !== undefined, options.door !== undefined, options.wall === true];
  if (opens.filter(Boolean).length !== 1) {
    complain(
      "say what it opens: --role ROLE (viewer, responder, operator, admin), --door DOOR (events, heartbeat, poll) or --wall",
    );
    return 2;
  }
  const lifeMs = options.expires === undefined ? undefined : parseDurationMs(options.expires);
  if (options.expires !== undefined && lifeMs === undefined) {
    complain("--expires is a time like 30d or 12h");
    return 2;
  }
  const parsed = tokenRequest.safeParse({ name, scope: scopeOf(options), expiresInMs: lifeMs });
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) complain(`${path.join(".")}: ${message}`);
    return 2;
  }
  return await withStore(surroundings, async (store) => {
    const made = await addToken(store, commandLine, parsed.data, Date.now());
    if (made.ok) say(options.wall === true ? wallPath(made.value.token) : made.value.token);
    else complain(made.error.detail);
    return made.ok ? 0 : 1;
  });
}

/** `pitwall token list`. */
export async function listTokensHere(surroundings: Surroundings): Promise<number> {
  return await withStore(surroundings, async (store) => {
    const now = Date.now();
    for (const token of await tokensView(store, commandLine)) surroundings.say(lineOf(token, now));
    return 0;
  });
}

/** `pitwall token revoke ID|NAME`: a name that several tokens have is refused. */
export async function revokeTokenHere(surroundings: Surroundings, which: string): Promise<number> {
  const { say, complain } = surroundings;
  return await withStore(surroundings, async (store) => {
    const all = await tokensView(store, commandLine);
    const found = all.filter(({ id, name, revokedAt }) => id === which || (name === which && revokedAt === null));
    const [only, ...others] = found;
    if (only === undefined || others.length > 0) {
      complain(only === undefined ? `there is no token ${which}` : `${found.length} tokens are named so; give the id`);
      return 1;
    }
    const revoked = await revokeToken(store, commandLine, { id: only.id }, Date.now());
    if (revoked.ok) say(`${only.name} is revoked`);
    else complain(revoked.error.detail);
    return revoked.ok ? 0 : 1;
  });
}

function scopeOf({ role, group, door, service, wall }: TokenOptions): unknown {
  if (wall === true) return { kind: "wall", group: group ?? null };
  if (role !== undefined) return { kind: "role", role, group: group ?? null };
  return { kind: "door", door, ...(service === undefined ? {} : { services: service }) };
}

function lineOf({ id, name, start, scope, expiresAt, lastUsedAt, revokedAt }: TokenDto, now: number): string {
  const day = (at: number) => new Date(at).toISOString().slice(0, 16);
  const ended =
    expiresAt !== null && expiresAt <= now ? "expired" : `until ${expiresAt === null ? "revoked" : day(expiresAt)}`;
  const state = revokedAt === null ? ended : `revoked ${day(revokedAt)}`;
  const used = lastUsedAt === null ? "never used" : `used ${day(lastUsedAt)}`;
  return [id, `${start}…`, scopeWords(scope), state, used, name].join("  ");
}

function scopeWords(scope: TokenScope): string {
  if (scope.kind === "role") return scope.group === null ? scope.role : `${scope.role} over ${scope.group}`;
  if (scope.kind === "wall") return scope.group === null ? "wall" : `wall of ${scope.group}`;
  return `door ${scope.door}${scope.services === undefined ? "" : ` for ${scope.services.join(", ")}`}`;
}
