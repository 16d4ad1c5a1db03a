import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { emptyStore } from "#e2e/empty-store.ts";
import { person } from "#e2e/people.ts";
import type { Actor } from "#lib/access/actor.ts";
import { hashToken } from "#lib/access/bearer-token.ts";
import { identifyRequest } from "#lib/access/identify-request.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { postMarker } from "#lib/commands/post-marker.ts";
import { writeTokenHash } from "#lib/store/access-tokens.ts";
import { listAudit } from "#lib/store/audit.ts";
import type { Store } from "#lib/store/open-store.ts";
import { applyServices } from "#lib/store/services.ts";
import { changesView } from "#lib/views/changes-view.ts";
import { timelineView } from "#lib/views/timeline-view.ts";
import { markerRequest } from "#lib/wire/marker.ts";

const now = Date.UTC(2026, 10, 20, 12);
const token = "a-token-of-enough-characters";

async function opened(t: TestContext, sha256: string | null = hashToken(token)): Promise<Store> {
  const store = await emptyStore(t);
  const site = { kind: "http", group: null, intervalMs: 5_000, timeoutMs: 1_000, rules: {}, config: {}, dependsOn: [] };
  await store.write(async (w) => {
    await applyServices(w, [{ ...site, id: "shop", name: "Shop", position: 0 }], now);
    await writeTokenHash(w, "events", sha256, now);
  });
  return store;
}

const told = (authorization: string | null) =>
  new Headers(authorization === null ? {} : { authorization, "x-pitwall-from": "127.0.0.1" });

/** Whoever holds the token, as the door knows him. */
async function sender(store: Store): Promise<Actor> {
  const actor = await identifyRequest(store, told(`Bearer ${token}`), now);
  assert.ok(actor !== null);
  return actor;
}

const deploy = { kind: "deploy", title: "shop 4.2.0", service: "shop", by: "ci", link: "https://ci.example.com/7" };

describe("a marker from outside", () => {
  it("stands on the timeline and in what changed, with who sent it and where it leads", async (t) => {
    const store = await opened(t);
    const at = new Date(now - 60_000).toISOString();
    const posted = await postMarker(store, await sender(store), markerRequest.parse({ ...deploy, at }), now);
    assert.ok(posted.ok && posted.value.created);
    const [event] = (await timelineView(store, wholeSight, { from: now - 3_600_000, to: now })).events;
    assert.deepEqual(
      [event?.kind, event?.text, event?.at, event?.actor, event?.link, event?.serviceId],
      ["deploy", "shop 4.2.0", now - 60_000, "ci", "https://ci.example.com/7", "shop"],
    );
    assert.equal((await changesView(store, wholeSight, { at: now, minutes: 15 })).changes[0]?.serviceName, "Shop");
    const [audit] = await store.read((r) => listAudit(r, 1));
    assert.deepEqual([audit?.command, audit?.actor.kind, audit?.actor.from], ["post-marker", "token", "127.0.0.1"]);
  });

  it("sent again under its id is the same marker, and the id of one is refused to another", async (t) => {
    const store = await opened(t);
    const actor = await sender(store);
    const send = (body: object) => postMarker(store, actor, markerRequest.parse(body), now);
    const first = await send({ ...deploy, id: "build-7" });
    const again = await send({ ...deploy, id: "build-7" });
    assert.ok(first.ok && again.ok);
    assert.deepEqual([again.value.created, again.value.marker.id], [false, first.value.marker.id]);
    const other = await send({ ...deploy, title: "shop 5", id: "build-7" });
    assert.ok(!other.ok && other.error.code === "idempotency-key-reused");
    assert.equal((await timelineView(store, wholeSight, { from: now - 1, to: now })).events.length, 1);
  });

  it("opens to the token of pitwall.yaml alone, and to no person, however much he may", async (t) => {
    const store = await opened(t);
    for (const wrong of ["", token, `Basic ${token}`, `Bearer ${token}x`, `Bearer ${hashToken(token)}`]) {
      assert.equal(await identifyRequest(store, told(wrong), now), null, wrong);
    }
    const posted = await postMarker(store, person("admin"), markerRequest.parse(deploy), now);
    assert.ok(!posted.ok && posted.error.code === "forbidden");
    await store.write((w) => writeTokenHash(w, "events", null, now));
    assert.equal(await identifyRequest(store, told(`Bearer ${token}`), now), null);
    assert.equal((await timelineView(store, wholeSight, { from: now - 1, to: now })).events.length, 0);
  });

  it("cannot bring a script into the page, break its line, come from the future or name a service that is not there", async (t) => {
    const store = await opened(t);
    for (const more of [
      { link: "javascript:alert(1)" },
      { title: "two\nlines" },
      { title: "x".repeat(201) },
      { title: " " },
      { at: "yesterday" },
      { kind: "status" },
      { surprise: true },
    ]) {
      assert.ok(!markerRequest.safeParse({ ...deploy, ...more }).success, JSON.stringify(more));
    }
    for (const more of [{ at: now + 3_600_000 }, { service: "nobody" }]) {
      const posted = await postMarker(store, await sender(store), { ...markerRequest.parse(deploy), ...more }, now);
      assert.ok(!posted.ok && posted.error.code === "invalid-request", JSON.stringify(more));
    }
  });
});
