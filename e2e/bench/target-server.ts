import http from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A process: the servers that are watched. Its parent asks `origins` for their addresses, `{ take: prefix }` for the times (epoch
 * milliseconds) of requests since the last taking, by path, and `fail` or `heal` for what `/switch…` answers from then on. `/hang…` never answers,
 * `/endless…` never ends, and `/huge…` has 1.5 GB.
 */
export type TargetQuestion = "origins" | "fail" | "heal" | { readonly take: string };

/** Several, because one pair of addresses has too few ports for a thousand new connections a second. */
const addresses = Array.from({ length: 8 }, (_, at) => `127.0.0.${at + 1}`);
const filler = Buffer.alloc(65_536, "x");
/** Nobody reads so far. */
const hugeBytes = 1_500_000_000;
const clock = () => performance.timeOrigin + performance.now();
const arrivals = new Map<string, number[]>();
let failing = false;

const servers = addresses.map((host) => http.createServer(answer).listen({ host, port: 0, backlog: 2_048 }));
const listening = Promise.all(
  servers.map((server) => new Promise<void>((resolve) => server.once("listening", () => resolve()))),
);

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
  const path = request.url ?? "/";
  const times = arrivals.get(path);
  if (times === undefined) arrivals.set(path, [clock()]);
  else times.push(clock());
  if (path.startsWith("/endless")) pour(response);
  else if (path.startsWith("/huge")) pour(response.writeHead(200, { "content-length": hugeBytes }));
  else if (!path.startsWith("/hang")) {
    response.statusCode = failing && path.startsWith("/switch") ? 503 : 200;
    response.end("ok");
  }
}

function pour(response: http.ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write(filler));
  };
  response.on("drain", more);
  more();
}

function take(prefix: string): Record<string, number[]> {
  const taken = [...arrivals].filter(([path]) => path.startsWith(prefix));
  for (const [path] of taken) arrivals.delete(path);
  return Object.fromEntries(taken);
}

async function reply(question: TargetQuestion): Promise<unknown> {
  if (typeof question === "object") return take(question.take);
  switch (question) {
    case "origins":
      await listening;
      return servers.map((server) => {
        const { address, port } = server.address() as AddressInfo;
        return `http://${address}:${port}`;
      });
    case "fail":
    case "heal":
      failing = question === "fail";
      return clock();
    default:
      return question satisfies never;
  }
}

process.on("message", (question: TargetQuestion) => {
  void reply(question).then((value) => process.send?.(value));
});
