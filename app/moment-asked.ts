import { momentOf } from "#components/moment/moment.ts";

export type SearchParams = Promise<Record<string, string | string[] | undefined>>;

/** The moment that a page's address asks for; `null`: live, and what lies ahead is live as well. `path` leads back here. */
export async function momentAsked(
  path: string,
  search: SearchParams,
  now: number,
): Promise<{ readonly at: number | null; readonly path: string }> {
  const told = (await search).at;
  if (typeof told !== "string") return { at: null, path };
  const at = momentOf(told);
  return { at: at === null || at > now ? null : at, path: `${path}?at=${encodeURIComponent(told)}` };
}
