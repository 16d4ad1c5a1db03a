import assert from "node:assert/strict";
import { test } from "node:test";
import { handEngine } from "#e2e/drill/hand-engine.ts";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import type { ActionPlan } from "#lib/integrations/integration.ts";
import { actions } from "#lib/integrations/postgres/actions.ts";
import { type PostgresConfig, postgresConfig } from "#lib/integrations/postgres/config.ts";
import { until } from "#lib/integrations/postgres/real-cluster.ts";
import { startPatroni } from "#lib/integrations/postgres/real-patroni.ts";
import { createBench } from "#lib/integrations/postgres/real-run.ts";
import { createTransports } from "#lib/transports/transports.ts";

// With the other moves, of which one file goes after another: they look for Patroni among the processes of the machine.
test("a cluster that a real Patroni keeps is moved by Patroni's own door, and by nothing else", {
  timeout: 600_000,
}, async (t) => {
  const real = await startPatroni(t);
  const secret = (reference: string) =>
    reference === "env:PATRONI" ? ok(real.login.password) : err(failure("secret-missing", reference));
  const transports = createTransports({ reach: onLoopback, hosts: {}, secret });
  t.after(() => transports.close());
  const nodes = real.members.map(({ name, address }) => ({ name, address, port: real.port }));
  const base = { nodes, user: "postgres", tls: "off" };
  const bare = postgresConfig.parse(base);
  const managed = postgresConfig.parse({
    ...base,
    patroni: { port: real.restPort, user: real.login.user, password: "env:PATRONI" },
  });
  const bench = createBench(managed, transports, secret);
  const offer = (config: PostgresConfig, id: string, detail: Parameters<(typeof actions)[number]["offer"]>[1]) =>
    actions.find((action) => action.id === id)?.offer(config, detail).blocked;

  /** A standby streams from a new leader only a moment later. */
  const canLead = async (to: string) => {
    const seen = (await bench.poll()).detail;
    const planned = actions.find(({ id }) => id === "switchover")?.plan(managed, { to }, seen);
    assert.ok(planned?.ok);
    await until(
      `${to} can lead`,
      async () => {
        const checks = await Promise.all(planned.value.preflight.map((check) => check.run(bench.context())));
        return checks.every(({ verdict }) => verdict === "pass" || verdict === "warn");
      },
      120_000,
    );
    return planned.value;
  };
  const leads = (name: string) =>
    until(`${name} takes writes`, async () => (await bench.poll()).detail.cluster.primary === name, 120_000);

  // Without a word of it in the configuration it is seen, and left alone.
  const { detail } = await createBench(bare, transports).poll();
  assert.deepEqual(detail.cluster.managers, ["patroni"]);
  const own = /^Patroni moves this cluster, and Pitwall does not work beside it; use its own way: patronictl /;
  assert.match(offer(bare, "switchover", detail) ?? "", own);
  assert.match(offer(bare, "switchover", detail) ?? "", /switchover CLUSTER --leader pg-a --candidate pg-b/);
  const beside = await createBench(bare, transports).run("switchover", { to: "pg-b" });
  assert.equal(beside.checks.managers?.verdict, "block");

  // With it, a switchover is Patroni's, checked before and proven after.
  assert.equal(offer(managed, "switchover", detail), null);
  const moved = await bench.run("switchover", { to: "pg-b" });
  assert.equal(moved.stopped, null);
  assert.match(moved.done.join("\n"), /Patroni: Successfully switched over to "pg-b"; pg-b takes writes on timeline 2/);
  assert.deepEqual([moved.proven, (await bench.poll()).detail.cluster.primary], [true, "pg-b"], moved.evidence);

  // What is no longer so when it begins is not asked for.
  for (const standby of ["pg-a", "pg-c"]) await canLead(standby);
  const late = await bench.run("switchover", { to: "pg-c" }, async () => {
    const [, second] = real.members;
    const headers = { authorization: `Basic ${btoa(`${real.login.user}:${real.login.password}`)}` };
    const body = JSON.stringify({ leader: "pg-b", candidate: "pg-a" });
    const url = `http://${second?.address}:${real.restPort}/switchover`;
    assert.equal((await fetch(url, { method: "POST", headers, body })).status, 200);
  });
  assert.match(late.stopped ?? "", /patroni: forbidden: Patroni's leader is pg-a by now, nothing was asked of it/);

  // Patroni answers when the lock is handed over; the new leader may still be promoting.
  await leads("pg-a");
  await canLead("pg-c");
  // A wrong password is a refusal in Patroni's own words, and nothing moved.
  const stranger = await createBench(managed, transports, () => ok("wrong")).run("switchover", { to: "pg-c" });
  assert.match(stranger.stopped ?? "", /^patroni: forbidden: Patroni refuses: not authenticated/);
  assert.equal((await bench.poll()).detail.cluster.primary, "pg-a");

  // Killed before anything was asked of Patroni, and when it had moved: a successor asks who leads, and asks no second time.
  const again = await canLead("pg-b");
  for (const [dieAt, kind, primary] of [
    [0, "broken", "pg-a"],
    [1, "done", "pg-b"],
  ] as const) {
    const engine = handEngine(again as ActionPlan, () => bench.context());
    assert.equal(await engine.run(dieAt), null);
    const end = await engine.resume();
    assert.equal(end.kind, kind, JSON.stringify(end));
    await leads(primary);
  }

  // A failover is for a cluster without a leader: with one, Patroni would take it for a switchover.
  const lost = { ...detail, cluster: { ...detail.cluster, writable: [], primary: null } };
  const dead = {
    ...lost,
    nodes: lost.nodes.map((node) =>
      node.name === "pg-a"
        ? { ...node, failure: failure("refused", "nothing listens"), role: "primary" as const }
        : node,
    ),
  };
  const plan = actions.find(({ id }) => id === "failover")?.plan(managed, { to: "pg-b" }, dead);
  assert.ok(plan?.ok);
  const check = plan.value.preflight.find(({ id }) => id === "patroni");
  const seen = await check?.run(bench.context());
  assert.deepEqual([seen?.verdict, seen?.evidence], ["block", "it has a leader, pg-b"]);
});
