import type { History } from "#lib/store/open-store.ts";

/** What the store's rows take, in bytes: pages that were freed are used again before the file grows. */
export function usedBytes({ past }: Pick<History, "past">): number {
  const ask = (name: string) => Number(past.pragma(name, { simple: true }));
  return (ask("page_count") - ask("freelist_count")) * ask("page_size");
}
