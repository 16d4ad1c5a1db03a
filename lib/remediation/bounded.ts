import { setTimeout as wait } from "node:timers/promises";

export type Bounded<T> =
  | { readonly kind: "ended"; readonly value: T }
  | { readonly kind: "threw"; readonly bug: unknown }
  /** It was aborted and did not end within the grace: it may go on by itself. */
  | { readonly kind: "left-behind"; readonly reason: "deadline" | "cancelled" };

/** How long something that only looks may take to end when it was aborted. */
const lookGraceMs = 2_000;

/** The same of what changes something: its transport ends the command over there and looks for the proof, which takes it this long. */
export const changeGraceMs = 9_500;

/** Runs a part of an action with a deadline and the run's cancel signal. Never throws. */
export async function runBounded<T>(
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number,
  cancel: AbortSignal,
  graceMs = lookGraceMs,
): Promise<Bounded<T> & { readonly cut: "deadline" | "cancelled" | null }> {
  const deadline = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([deadline, cancel]);
  const settled = new AbortController();
  const attempt = async (): Promise<Bounded<T>> => {
    try {
      return { kind: "ended", value: await work(signal) };
    } catch (bug) {
      return { kind: "threw", bug };
    } finally {
      settled.abort();
    }
  };
  const cutNow = () => (cancel.aborted ? "cancelled" : deadline.aborted ? "deadline" : null);
  const leftBehind = async (): Promise<Bounded<T>> => {
    await aborted(AbortSignal.any([signal, settled.signal]));
    await wait(graceMs, undefined, { signal: settled.signal }).catch(() => undefined);
    return { kind: "left-behind", reason: cancel.aborted ? "cancelled" : "deadline" };
  };
  const first = await Promise.race([attempt(), leftBehind()]);
  return { ...first, cut: cutNow() };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((done) => signal.addEventListener("abort", () => done(), { once: true }));
}
