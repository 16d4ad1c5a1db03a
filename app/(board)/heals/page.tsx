import { HealsPage } from "#components/heal/heals-page.tsx";
import { healsView } from "#lib/views/heals-view.ts";
import { guardPage } from "../../guard-page.ts";

const shown = 100;

/** What rules did by themselves, and what they did not do. */
export default async function Page() {
  const { store, sight } = await guardPage("/heals");
  return <HealsPage heals={await healsView(store, sight, { limit: shown }, Date.now())} />;
}
