import type { Actor } from "#lib/access/actor.ts";
import { may } from "#lib/access/roles.ts";
import { listApiTokens } from "#lib/store/api-tokens.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { TokenDto } from "#lib/wire/token.ts";

/** Tokens that somebody administers, newest first, with when and from where each was last used. */
export async function tokensView(store: Store, actor: Actor): Promise<TokenDto[]> {
  const all = await store.read((reading) => listApiTokens(reading));
  return all.filter(({ scope }) => may(actor, "administer", scope.kind === "door" ? null : scope.group));
}
