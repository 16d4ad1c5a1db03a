import http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Figure, figure, percentile } from "#e2e/bench/figure.ts";
import { type Fleet, serviceId, startFleet } from "#e2e/bench/fleet.ts";
import { startTarget, type Target } from "#e2e/bench/target.ts";
import { startWeb } from "#e2e/bench/web.ts";
import type { SignedIn } from "#e2e/sign-in.ts";
import type { Frame } from "#lib/wire/events.ts";

const services = 1_000;
const intervalMs = 5_000;
const switches = 10;
/** So that trends have grown to something. */
const fillMs = 12 * intervalMs;
const asks = 60;
/** The first ones after a start load the code and compile it; what that costs is no property of the board. */
const warmUps = 10;
const listenMs = 20_000;

/** What the board of 1,000 services costs who asks for it, and who keeps it open. */
export async function figures(): Promise<Figure[]> {
  await using target = await startTarget();
  const urls = [...target.urls(services - switches, "polled"), ...target.urls(switches, "switch")];
  await using fleet: Fleet = await startFleet(
    urls.map((url) => ({ url })),
    intervalMs,
  );
  await using web = await startWeb(fleet);
  await target.untilAllAsked("/polled/", services - switches, 60_000);
  await pause(fillMs);
  const board = await asked(`${web.origin}/api/v1/board`, web.session);
  const bare = await bareAnswers(board.bytes);
  const heard = await listen(`${web.origin}/api/v1/events`, web.session, target);
  return [
    figure({
      name: "board now, 1,000 services, p95",
      value: board.p95Ms,
      unit: "ms",
      aim: 20,
      yardstick: { name: "as many bytes by a bare server", value: bare.p95Ms, unit: "ms" },
    }),
    figure({
      name: "board now, 1,000 services, transferred",
      value: board.bytes / 1_000,
      unit: "kB",
      aim: 300,
      yardstick: { name: "unpacked", value: board.unpackedBytes / 1_000, unit: "kB" },
    }),
    figure({
      name: "frames pushed to an open tab",
      value: heard.framesPerSecond,
      unit: "a second",
      aim: 1,
      yardstick: { name: "checks", value: services / (intervalMs / 1_000), unit: "a second" },
    }),
    figure({
      name: "services told in a frame that were told before",
      value: heard.unchanged,
      unit: "services",
      aim: 0,
      yardstick: { name: "services told", value: heard.told, unit: "services" },
    }),
    figure({
      name: "from a check that fails to its frame on the wire, at most",
      value: heard.slowestMs,
      unit: "ms",
      aim: 150,
      yardstick: { name: "the check's own answer at a bare server", value: bare.p95Ms, unit: "ms" },
    }),
  ];
}

interface Asked {
  readonly p95Ms: number;
  readonly bytes: number;
  readonly unpackedBytes: number;
}

async function asked(url: string, session?: SignedIn): Promise<Asked> {
  const times: number[] = [];
  let bytes = 0;
  for (let at = -warmUps; at < asks; at += 1) {
    const before = performance.now();
    bytes = (await get(url, "gzip, deflate, br, zstd", session)).length;
    if (at >= 0) times.push(performance.now() - before);
    await pause(250);
  }
  return { p95Ms: percentile(times, 0.95), bytes, unpackedBytes: (await get(url, "identity", session)).length };
}

function get(url: string, coding: string, session?: SignedIn): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { headers: { "accept-encoding": coding, ...session } }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => resolve(Buffer.concat(chunks)));
      response.on("error", reject);
    });
    request.on("error", reject);
  });
}

async function bareAnswers(bytes: number): Promise<Asked> {
  const body = Buffer.alloc(bytes, "x");
  const server = http.createServer((_, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, () => resolve()));
  try {
    return await asked(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Keeps the event stream open for a while, breaks ten services half-way, and times when each is told. */
async function listen(url: string, session: SignedIn, target: Target) {
  const frames: { readonly at: number; readonly frame: Frame }[] = [];
  const request = http.get(url, { headers: { ...session } }, (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      text += chunk;
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const data = text.slice(0, end).match(/^data: (.*)$/m)?.[1];
        if (data !== undefined) frames.push({ at: clock(), frame: JSON.parse(data) as Frame });
        text = text.slice(end + 2);
      }
    });
  });
  request.on("error", () => undefined);
  await pause(listenMs);
  await target.takeArrivals("/switch/");
  await target.fail(true);
  await pause(2 * intervalMs);
  const failed = await target.takeArrivals("/switch/");
  request.destroy();
  // The first frame is the whole board: what this listener had missed.
  const news = frames.slice(1).filter(({ frame }) => frame.services.length > 0);
  const seen = new Map<string, number>(frames[0]?.frame.services.map((service) => [service.id, service.seq]));
  let unchanged = 0;
  for (const { frame } of news) {
    for (const { id, seq } of frame.services) {
      if ((seen.get(id) ?? -1) >= seq) unchanged += 1;
      seen.set(id, seq);
    }
  }
  const waits = Object.entries(failed).map(([path, [checkedAt = 0]]) => {
    const id = serviceId(services - switches + Number(path.split("/").at(-1)));
    const told = news.find(({ frame }) => frame.services.some((one) => one.id === id && one.status !== "ok"));
    return (told?.at ?? Number.NaN) - checkedAt;
  });
  return {
    framesPerSecond: (frames.length - 1) / ((listenMs + 2 * intervalMs) / 1_000),
    told: news.reduce((sum, { frame }) => sum + frame.services.length, 0),
    unchanged,
    slowestMs: waits.length === switches ? Math.max(...waits) : Number.NaN,
  };
}

function clock(): number {
  return performance.timeOrigin + performance.now();
}
