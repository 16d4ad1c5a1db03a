import assert from "node:assert/strict";
import { test } from "node:test";
import { idAt, samples } from "#e2e/doors/samples.ts";
import { addSession, seed } from "#e2e/doors/seed.ts";
import { startWeb } from "#e2e/doors/start-web.ts";

const tellSecrets = ["/api/v1/people", "/api/v1/people/[id]/reset", "/api/v1/snapshots", "/api/v1/tokens"] as const;

test("an answer that tells a secret once is neither kept nor packed", { timeout: 120_000 }, async (t) => {
  const web = await startWeb();
  t.after(() => web.stop());
  const now = Date.now();
  await seed(web.store, now);
  const cookie = await addSession(web.store, "admin-all", [{ role: "admin", group: null }], now);
  for (const path of tellSecrets) {
    const answer = await fetch(`${web.address}${path.replace("[id]", idAt(path, "shop"))}`, {
      method: "POST",
      headers: { cookie, "content-type": "application/json", "accept-encoding": "zstd, br, gzip" },
      body: JSON.stringify(samples[path]?.("shop")),
    });
    const told = await answer.text();
    assert.equal(answer.status, 201, `${path}: ${told}`);
    assert.match(answer.headers.get("cache-control") ?? "", /no-store.*no-transform/, path);
    assert.equal(answer.headers.get("content-encoding"), null, path);
  }
});
