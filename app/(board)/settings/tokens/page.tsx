import { TokensPage } from "#components/settings/tokens-page.tsx";
import { groupsView } from "#lib/views/groups-view.ts";
import { tokensView } from "#lib/views/tokens-view.ts";
import { guardPage } from "../../../guard-page.ts";

/** Tokens for scripts and machines. */
export default async function Page() {
  const { store, actor, sight } = await guardPage("/settings/tokens");
  return <TokensPage tokens={await tokensView(store, actor)} groups={await groupsView(store, sight)} />;
}
