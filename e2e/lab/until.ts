import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { LabError } from "#e2e/lab/lab-error.ts";

/**
 * Asks `condition` again and again until it answers something truthy, and returns that.
 * Throws a LabError that names `what` after `timeoutMs`; an error of the last try is told with it.
 */
export async function until<T>(
  what: string,
  condition: () => Promise<T> | T,
  { timeoutMs = 90_000, everyMs = 50 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await condition();
      if (answer) return answer;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= deadline) {
      const why = last instanceof Error ? `: ${last.message}` : "";
      throw new LabError(`${what} did not come true within ${timeoutMs / 1_000} s${why}`);
    }
    await pause(everyMs);
  }
}

/** Whether something accepts connections there. */
export function listens(address: string, port: number, timeoutMs = 1_000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port, timeout: timeoutMs });
    const finish = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => finish(true));
    socket.once("error", () => finish(false));
    socket.once("timeout", () => finish(false));
  });
}
