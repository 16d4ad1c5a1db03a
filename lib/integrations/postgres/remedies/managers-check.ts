import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail } from "#lib/integrations/postgres/detail.ts";
import { deferWords, type ManagerId, type Moving, managerOf, managers } from "#lib/integrations/postgres/manager.ts";
import {
  block,
  type Context,
  type PostgresCheck,
  pass,
  unknown,
  warn,
} from "#lib/integrations/postgres/remedies/ask.ts";
import { runOn } from "#lib/integrations/postgres/remedies/machine.ts";
import { patientPoll } from "#lib/integrations/postgres/remedies/patient-poll.ts";
import type { Move } from "#lib/integrations/postgres/remedies/road.ts";

/** Why the button is of no use where another program moves the primary; `null` when it is. */
export function managedWords(config: PostgresConfig, detail: PostgresDetail | null, what: Moving): string | null {
  const seen = (detail?.cluster.managers ?? []).filter(
    (id) => id !== "patroni" || config.patroni === undefined || what === "rejoin",
  );
  const [first] = config.patroni !== undefined && what === "rejoin" ? (["patroni"] as const) : seen;
  if (first === undefined) return null;
  const from = detail?.cluster.primary ?? "LEADER";
  const other = detail?.nodes.find((node) => node.name !== from)?.name ?? "NODE";
  const own = deferWords(managerOf(first), what, what === "rejoin" ? other : from, what === "rejoin" ? from : other);
  return first === "patroni" && what !== "rejoin" ? `${own}, or name it in the configuration (patroni)` : own;
}

/** Looks at the sessions of every server, and at the processes of every machine that can be asked. `used` is the one that does it. */
export function managersCheck(what: Moving, { from, to }: Move, used?: ManagerId): PostgresCheck {
  return {
    id: "managers",
    title:
      used === undefined
        ? "No other program moves this cluster"
        : `No program beside ${managerOf(used).title} moves this cluster`,
    run: async (context) => {
      const nodes = context.config.nodes.filter((node) => node.machine !== undefined);
      const [polled, found] = await Promise.all([
        patientPoll(context),
        Promise.all(nodes.map((node) => managersOn(context, node))),
      ]);
      const sessions = polled.ok ? (polled.value.detail.cluster.managers ?? []) : [];
      const there = [
        ...found.flatMap((each) => (each.ids ?? []).map((id) => ({ id, where: `runs on ${each.node}` }))),
        ...sessions.map((id) => ({ id, where: "has sessions here" })),
      ].filter(({ id }) => id !== used);
      const [first] = there;
      if (first !== undefined) {
        const seen = [...new Set(there.map(({ id, where }) => `${managerOf(id).title} ${where}`))].join(", ");
        return block(`${seen}. ${deferWords(managerOf(first.id), what, from.name, to.name)}`);
      }
      if (used !== undefined) return pass(`only ${managerOf(used).title} does`);
      if (nodes.length === 0) return unknown("no node says on which machine it runs");
      const blind = found.filter((each) => each.ids === null).map((each) => each.node);
      if (blind.length === nodes.length) return unknown(`no machine can be asked: ${blind.join(", ")}`);
      return blind.length === 0
        ? pass("none runs on their machines, and none has a session here")
        : warn(`not seen: ${blind.join(", ")}; none runs on the others`);
    },
  };
}

async function managersOn(
  context: Context,
  node: PostgresNodeConfig,
): Promise<{ readonly node: string; readonly ids: readonly ManagerId[] | null }> {
  const answer = await runOn(context, node, ["ps", "-eo", "args="], { timeoutMs: 8_000 });
  if (!answer.ok || answer.value.exitCode !== 0) return { node: node.name, ids: null };
  return { node: node.name, ids: managersAmong(answer.value.stdout) };
}

/** Pure: those whose process is in that list of `ps -eo args=`. */
export function managersAmong(processes: string): readonly ManagerId[] {
  // The program and its first argument: a manager is often `python3 /usr/bin/patroni`.
  const heads = processes.split("\n").flatMap((line) => line.trim().split(/\s+/).slice(0, 2));
  const names = new Set(heads.map((word) => word.split("/").at(-1)));
  return managers.filter((each) => each.processes.some((name) => names.has(name))).map(({ id }) => id);
}
