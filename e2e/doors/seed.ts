import { person } from "#e2e/people.ts";
import { newApiToken, startOf } from "#lib/access/api-token.ts";
import { hashToken } from "#lib/access/bearer-token.ts";
import type { Grant } from "#lib/access/roles.ts";
import type { HealRule } from "#lib/core/heal.ts";
import { httpConfig } from "#lib/integrations/http/config.ts";
import { insertApiToken, revokeApiToken } from "#lib/store/api-tokens.ts";
import { writeBeat } from "#lib/store/beat.ts";
import { replaceFoundDependencies } from "#lib/store/found-dependencies.ts";
import { stopHealRule, writeHealRule } from "#lib/store/heal-rules.ts";
import { insertIncidentSnapshot } from "#lib/store/incident-snapshots.ts";
import { writeIncidents } from "#lib/store/incidents.ts";
import { insertMaintenance } from "#lib/store/maintenance.ts";
import type { Store } from "#lib/store/open-store.ts";
import { insertPerson, replaceGrants, setDisabled } from "#lib/store/people.ts";
import { insertSession, writeDeclaredRunbooks } from "#lib/store/runbooks.ts";
import { insertRun, type NewRun } from "#lib/store/runs.ts";
import { applyServices } from "#lib/store/services.ts";
import { hashSessionToken } from "#lib/store/sessions.ts";
import { emptyState, writeStates } from "#lib/store/states.ts";
import type { TokenScope } from "#lib/wire/token.ts";

/** Two groups of one service each, `shop` and `learn`; everything in them is named after its group. */
export const groups = ["shop", "learn"] as const;
export type Group = (typeof groups)[number];

const dayMs = 86_400_000;

const healRule: HealRule = {
  when: "down",
  severity: "warning",
  nodes: null,
  action: "restart",
  params: {},
  afterMs: 60_000,
  budget: { hour: 2, day: 5 },
  minHealthy: null,
  warmUpMs: 60_000,
  evenIfCaused: false,
  mode: "act",
};

/** Fills a store with a service of each group in trouble, and all that can be named: runs, incidents, planned work, … */
export async function seed(store: Store, now: number): Promise<void> {
  await store.write(async (w) => {
    const plain = {
      kind: "http",
      intervalMs: dayMs,
      timeoutMs: 1_000,
      rules: {},
      config: httpConfig.parse({ url: "http://192.0.2.1/health" }),
      dependsOn: [],
      reports: true as const,
    };
    await applyServices(
      w,
      groups.map((id, position) => ({ ...plain, id, name: `The ${id}`, group: id, position })),
      now,
    );
    const offer = { about: "", params: [], blocked: null };
    const actions = [
      { ...offer, id: "restart", title: "Restart", risk: "low" as const },
      { ...offer, id: "promote", title: "Promote", risk: "high" as const },
    ];
    const seen = { status: "critical" as const, since: now - 60_000, checkedAt: now, actions };
    await writeStates(
      w,
      groups.map((id) => ({ ...emptyState(id), ...seen })),
    );
    const other = (id: Group) => (id === "shop" ? "learn" : "shop");
    await replaceFoundDependencies(
      w,
      new Map(groups.map((id) => [id, [{ id: other(id), evidence: ["it says so"] }]])),
      new Map(),
    );
    const runbook = { id: "down", title: "It is down", symptom: "It is.", when: ["down"], steps: [{ manual: "Look" }] };
    await writeDeclaredRunbooks(w, [{ ...runbook, services: [...groups] }], now);
    for (const id of groups) {
      const following = { runbookId: runbook.id, serviceId: id, title: runbook.title, runbook, incidentId: null };
      await insertSession(w, { id: `following-${id}`, ...following, startedAt: now, startedBy: "ann" });
      const members = [{ serviceId: id, from: now - 60_000, until: null }];
      const open = { rootId: id, openedAt: now - 60_000, resolvedAt: null, mergedInto: null };
      await writeIncidents(w, [{ id: `incident-${id}`, title: `The ${id} is down`, members, ...open }]);
      const covers = { services: [id], groups: [], nodes: [] };
      const work = { origin: "hand" as const, windowKey: null, covers, note: "", by: "ann", toldAt: now };
      await insertMaintenance(w, [{ id: `work-${id}`, ...work, from: now + dayMs, until: now + 2 * dayMs }]);
      await insertRun(w, runOf(id, now));
      await writeHealRule(w, {
        serviceId: id,
        rule: healRule,
        standing: { kind: "stopped", words: "", until: null },
        position: 0,
      });
      await stopHealRule(w, id, healRule.when, { at: now, words: "it came back", runId: null });
      await insertPerson(w, { id: `person-${id}`, name: id, email: `${id}@example.com`, createdAt: now });
      await addTokenRow(w, { id: `token-${id}`, scope: { kind: "role", role: "viewer", group: id } }, now);
    }
    const snapshot = {
      title: "Then",
      note: null,
      at: now,
      createdBy: "whole",
      expiresAt: now + dayMs,
      revokedAt: null,
    };
    const body = new Uint8Array(new ArrayBuffer(1));
    await insertIncidentSnapshot(w, { id: "snapshot", ...snapshot, bytes: 1, sha256: "", secretHash: "none", body });
  });
  await beat(store, now);
}

/** The poller's sign of life: without it, nothing that it must do is taken. */
export async function beat(store: Store, now: number): Promise<void> {
  await store.write((w) => writeBeat(w, { beatAt: now, startedAt: now, pid: 1, notices: [] }));
}

/** Somebody signed in, by the cookie of a session. */
export async function addSession(
  store: Store,
  name: string,
  grants: readonly Grant[],
  now: number,
  how: { readonly expired?: true; readonly disabled?: true; readonly revoked?: true } = {},
): Promise<string> {
  const email = `${name}@example.com`;
  const token = name
    .replaceAll(/[^a-z]/g, "")
    .padEnd(32, "x")
    .slice(0, 32);
  const at = new Date(now - 3_600_000);
  const until = new Date(how.expired === true ? now - 1_000 : now + 3_600_000);
  await store.write(async (w) => {
    await insertPerson(w, { id: name, name, email, createdAt: now });
    await replaceGrants(w, name, { origin: "hand", grants, by: "test" }, now);
    if (how.disabled === true) await setDisabled(w, name, now, now);
    if (how.revoked === true) return;
    const session = { id: `session-${name}`, userId: name, token: hashSessionToken(token), method: "password" };
    const times = {
      expiresAt: until,
      endsAt: until,
      createdAt: at,
      // As good as used just now for as long as it lasts, so that being used changes nothing in the store, however slow the machine.
      updatedAt: new Date(now + 3_600_000),
      provedAt: new Date(now),
    };
    await w.db.session.create({ data: { ...session, ...times } });
  });
  return `pitwall.session_token=${token}.${"c2lnbmF0dXJl".repeat(3)}`;
}

/** A bearer token; its last use is noted as now, so that being used changes nothing in the store. */
export async function addBearer(
  store: Store,
  name: string,
  scope: TokenScope,
  now: number,
  how: { readonly expired?: true; readonly revoked?: true } = {},
): Promise<string> {
  return await store.write(async (w) => {
    const token = await addTokenRow(w, { id: name, scope }, how.expired === true ? now - 10 * dayMs : now);
    if (how.revoked === true) await revokeApiToken(w, name, "test", now);
    return `Bearer ${token}`;
  });
}

async function addTokenRow(
  w: Parameters<typeof insertApiToken>[0],
  { id, scope }: { readonly id: string; readonly scope: TokenScope },
  now: number,
): Promise<string> {
  const token = newApiToken();
  const row = {
    id,
    name: id,
    start: startOf(token),
    scope,
    createdAt: now,
    createdBy: "test",
    expiresAt: now + 9 * dayMs,
  };
  await insertApiToken(w, { ...row, sha256: hashToken(token) });
  await w.db.apiToken.update({ where: { id }, data: { lastUsedAt: new Date(now + dayMs) } });
  return token;
}

function runOf(id: Group, now: number): NewRun {
  return {
    id: `run-${id}`,
    serviceId: id,
    serviceName: `The ${id}`,
    action: "restart",
    title: "Restart",
    risk: "low",
    params: {},
    mode: "plan",
    reason: null,
    actor: person("ann"),
    idempotencyKey: id,
    bodyHash: "",
    state: "requested",
    verdict: null,
    plan: null,
    node: null,
    symptoms: [],
    checks: [],
    steps: [],
    verification: null,
    requestedAt: now,
    startedAt: null,
    finishedAt: null,
    confirmedBy: null,
    confirmedAt: null,
    cancelRequested: false,
  };
}
