import { expect, test } from "#e2e/story.ts";
import { frameDto } from "#lib/wire/events.ts";
import { problemDto } from "#lib/wire/problem.ts";
import { serviceDto } from "#lib/wire/service.ts";

test("every refusal is a problem with a code, and nothing is cached", async ({ request, story }) => {
  const cases = [
    { ask: () => request.get("/api/v1/nothing"), status: 404, code: "not-found" },
    { ask: () => request.get("/api/v1/services/nowhere"), status: 404, code: "not-found" },
    { ask: () => request.delete("/api/v1/board"), status: 405, code: "method-not-allowed" },
    { ask: () => request.get("/api/v1/poll"), status: 405, code: "method-not-allowed" },
    {
      ask: () => request.post("/api/v1/runs", { data: { serviceId: "lb", action: "x" } }),
      status: 400,
      code: "idempotency-key-missing",
    },
    {
      ask: () => request.post("/api/v1/runs", { data: { serviceId: 1 }, headers: { "idempotency-key": "k1" } }),
      status: 400,
      code: "invalid-request",
    },
    {
      ask: () => request.post("/api/v1/snapshots", { data: "title=x", headers: { "content-type": "text/plain" } }),
      status: 415,
      code: "unsupported-media-type",
    },
    {
      ask: () => request.post("/api/v1/snapshots", { data: {}, headers: { "content-encoding": "gzip" } }),
      status: 415,
      code: "unsupported-media-type",
    },
    {
      ask: () => request.post("/api/v1/snapshots", { data: { note: "x".repeat(70_000) } }),
      status: 413,
      code: "too-large",
    },
    {
      ask: () => request.post("/api/v1/poll", { data: {}, headers: { origin: "https://elsewhere.example" } }),
      status: 403,
      code: "cross-origin",
    },
    {
      ask: () => request.get("/api/v1/board", { headers: { host: "rebound.example" } }),
      status: 421,
      code: "untrusted-host",
    },
    { ask: () => request.get("/api/v1/board?at=1&at=2"), status: 400, code: "invalid-request" },
    { ask: () => request.get("/api/v1/runs?surprise=1"), status: 400, code: "invalid-request" },
    { ask: () => request.get("/api/v1/timeline?from=5&to=1"), status: 400, code: "invalid-request" },
  ];
  for (const { ask, status, code } of cases) {
    const answer = await ask();
    const problem = problemDto.parse(await answer.json());
    expect({ status: answer.status(), code: problem.code }).toEqual({ status, code });
    expect(answer.headers()["content-type"]).toBe("application/problem+json");
    expect(answer.headers()["cache-control"]).toBe("no-store");
  }
  expect((await request.get(`${story.address}/api/v1/health/live`)).status()).toBe(200);
});

test("a poll by a script is answered with what was found", async ({ request, story }) => {
  await story.allWell();
  const before = Date.now();
  const one = await (await request.post("/api/v1/services/search/poll")).json();
  expect(one.services).toHaveLength(1);
  expect(one.services[0].checkedAt).toBeGreaterThanOrEqual(before - 1_000);
  const all = await request.post("/api/v1/poll", { data: {} });
  expect([200, 202]).toContain(all.status());
  const view = serviceDto.parse(await (await request.get("/api/v1/services/search")).json());
  expect(view.service.id).toBe("search");
});

test("the same Idempotency-Key is the same run, however often it is sent", async ({ request, story }) => {
  await story.allWell();
  const key = crypto.randomUUID();
  const send = (server: string) =>
    request.post("/api/v1/runs", {
      data: { serviceId: "lb", action: "server-drain", params: { server }, mode: "plan" },
      headers: { "idempotency-key": key },
    });
  const first = await send("api/web-01");
  expect(first.status()).toBe(202);
  const { id } = await first.json();
  expect(first.headers().location).toBe(`/api/v1/runs/${id}`);
  const second = await send("api/web-01");
  expect(await second.json()).toMatchObject({ id });
  const other = await send("api/web-02");
  expect(other.status()).toBe(422);
  expect((await request.post(`/api/v1/runs/${id}/cancel`, { data: {} })).status()).toBe(202);
  const state = async () => (await (await request.get(`/api/v1/runs/${id}`)).json()).state;
  await expect.poll(state).toBe("cancelled-clean");
});

test("the event stream beats by itself and resumes where a listener left off", async ({ story }) => {
  const first = await readFrames(`${story.address}/api/v1/events`, { ...story.session }, 3);
  expect(first[0]?.frame.services).toHaveLength(5);
  for (const [index, { at }] of first.entries()) {
    // It beats every two seconds; what is more is what a busy machine may take.
    if (index > 0) expect(at - (first[index - 1]?.at ?? at)).toBeLessThan(15_000);
  }
  const last = first.at(-1);
  const since = { ...story.session, "last-event-id": String(last?.frame.seq) };
  const resumed = await readFrames(`${story.address}/api/v1/events`, since, 1);
  expect(resumed[0]?.frame.seq).toBeGreaterThanOrEqual(last?.frame.seq ?? 0);
  const garbage = await fetch(`${story.address}/api/v1/events`, {
    headers: { ...story.session, "last-event-id": "x" },
  });
  expect(garbage.status).toBe(400);
});

async function readFrames(url: string, headers: Record<string, string>, count: number) {
  const stop = new AbortController();
  const answer = await fetch(url, { headers, signal: stop.signal });
  const frames: { readonly at: number; readonly frame: ReturnType<typeof frameDto.parse> }[] = [];
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const data = /^data: (.*)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data !== undefined) frames.push({ at: Date.now(), frame: frameDto.parse(JSON.parse(data)) });
    }
    if (frames.length >= count) break;
  }
  stop.abort();
  return frames;
}
