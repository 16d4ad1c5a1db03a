import { rawClient } from "#e2e/servers/raw-client.ts";

/** One connection of a flood. */
export interface FloodClient {
  /** Sends so many requests and closes when all are answered. */
  readonly flood: (count: number) => void;
  /** How many answers came, by status. */
  readonly done: Promise<ReadonlyMap<string, number>>;
}

/** Sends many requests down one connection, `ahead` of their answers at most, and counts those. `requestOf` writes the nth. */
export async function floodClient(
  port: number,
  requestOf: (n: number) => string,
  { from = "127.0.0.1", ahead = 200 } = {},
): Promise<FloodClient> {
  const { socket, send } = await rawClient(port, from);
  socket.removeAllListeners("data");
  const answers = new Map<string, number>();
  let [counted, sent, wanted, carried] = [0, 0, 0, ""];
  const { promise: done, resolve } = Promise.withResolvers<ReadonlyMap<string, number>>();
  const ask = () => {
    const until = Math.min(wanted, counted + ahead);
    let text = "";
    for (; sent < until; sent += 1) text += requestOf(sent);
    if (text !== "") send(text);
  };
  socket.on("data", (chunk: Buffer) => {
    const text = carried + chunk.toString("latin1");
    for (const [, status = ""] of text.matchAll(/HTTP\/1\.1 (\d{3})/g)) {
      answers.set(status, (answers.get(status) ?? 0) + 1);
      counted += 1;
    }
    // The head of an answer may come in two parts.
    carried = /H(?:T(?:T(?:P(?:\/(?:1(?:\.(?:1(?: \d{0,2})?)?)?)?)?)?)?)?$/.exec(text)?.[0] ?? "";
    if (counted >= wanted) socket.end();
    else ask();
  });
  socket.once("close", () => resolve(answers));
  return {
    done,
    flood: (count) => {
      wanted = count;
      ask();
    },
  };
}
