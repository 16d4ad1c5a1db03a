import { ok } from "#lib/core/result.ts";

/** What a step keeps, with nobody to hear its alarms or to judge, for tests that do a plan's steps without the engine. */
export function stepMemory() {
  const kept = new Map<string, string>();
  return {
    epoch: 1,
    remember: async (key: string, value: string) => {
      kept.set(key, value);
    },
    recall: (key: string) => kept.get(key),
    trouble: async () => ok([]),
    raise: async () => undefined,
    clear: async () => undefined,
  };
}
