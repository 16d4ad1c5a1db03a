import { TokensPage } from "#components/settings/tokens-page.tsx";
import { groupsView } from "#lib/views/groups-view.ts";
import { reportersView } from "#lib/views/reporters-view.ts";
import { tokensView } from "#lib/views/tokens-view.ts";
import { guardPage } from "../../../guard-page.ts";

/** Tokens for scripts and machines. */
export default async function Page() {
  const { store, actor, sight } = await guardPage("/settings/tokens");
  const [tokens, groups] = [await tokensView(store, actor), await groupsView(store, sight)];
  return <TokensPage tokens={tokens} groups={groups} reporters={await reportersView(store, sight)} />;
}
