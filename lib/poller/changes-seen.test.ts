import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ServiceConfig } from "#lib/config/model.ts";
import { factBounds } from "#lib/core/fact.ts";
import { defaultPolicy } from "#lib/core/state.ts";
import type { HttpDetail, HttpTarget } from "#lib/integrations/http/detail.ts";
import { registry } from "#lib/integrations/registry.ts";
import { changesSeen } from "#lib/poller/changes-seen.ts";
import type { Watched } from "#lib/poller/watched.ts";

const service: ServiceConfig = {
  id: "site",
  kind: "http",
  name: "Site",
  group: null,
  dependsOn: [],
  intervalMs: 1_000,
  timeoutMs: 500,
  retryMs: 1_000,
  policy: defaultPolicy,
  rules: {},
  config: {},
};

function watched(): Pick<Watched, "service" | "integration" | "facts"> {
  const integration = registry.http;
  assert.ok(integration);
  return { service, integration, facts: undefined };
}

function detail(targets: readonly Partial<HttpTarget>[]): HttpDetail {
  const plain: HttpTarget = {
    name: "web-01",
    role: "node",
    address: null,
    outcome: { is: "ok" },
    status: 200,
    timings: null,
    bytes: 5,
    certificate: null,
    redirectedTo: [],
    remoteAddress: null,
    bodyStart: null,
    blames: [],
  };
  return { method: "GET", url: "http://x/", expects: [], targets: targets.map((target) => ({ ...plain, ...target })) };
}

const certificate = { subject: "shop", issuer: "Old CA", validTo: Date.UTC(2026, 11, 1), daysLeft: 10, error: null };

describe("what a poll sees change", () => {
  it("is told with what it was and what it is, and only once", () => {
    const site = watched();
    assert.deepEqual(changesSeen(site, null, detail([{ certificate }]), 1), []);
    const renewed = { ...certificate, issuer: "New CA", daysLeft: 90 };
    const [event, ...rest] = changesSeen(site, null, detail([{ certificate: renewed }]), 2);
    assert.deepEqual(rest, []);
    assert.deepEqual(event, {
      at: 2,
      kind: "change",
      serviceId: "site",
      text: "Site: web-01: certificate issuer Old CA → New CA",
      change: { subject: "web-01", name: "certificate issuer", from: "Old CA", to: "New CA" },
    });
    assert.deepEqual(changesSeen(site, null, detail([{ certificate: renewed }]), 3), []);
  });

  it("is told too when it happened while no poller ran", () => {
    const events = changesSeen(watched(), detail([{ status: 200 }]), detail([{ status: 204 }]), 5);
    assert.deepEqual(
      events.map((event) => event.text),
      ["Site: web-01: status 200 → 204"],
    );
  });

  it("is nothing against a last detail of a shape that this version does not know", () => {
    assert.deepEqual(changesSeen(watched(), { shape: "of old" }, detail([{}]), 5), []);
  });

  it("is cut, and says so, when everything changes at once", () => {
    const site = watched();
    const many = (status: number) => detail(Array.from({ length: 80 }, (_, at) => ({ name: `n${at}`, status })));
    changesSeen(site, null, many(200), 1);
    const events = changesSeen(site, null, many(500), 2);
    assert.equal(events.length, factBounds.changesPerPoll + 1);
    assert.equal(events.at(-1)?.text, "Site: 30 more changes at once");
  });
});
