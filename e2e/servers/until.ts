import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";

/** Long enough for a machine four times slower: it ends by what happens, and nobody waits for it in vain but a test that fails. */
const patienceMs = 120_000;
const everyMs = 20;

/** Looks again and again until there is something to see, and returns that. Fails the test, with `what` it waited for. */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  withinMs = patienceMs,
): Promise<T> {
  const endAt = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > endAt) assert.fail(`waited ${withinMs} ms in vain until ${what}`);
    await pause(everyMs);
  }
}
