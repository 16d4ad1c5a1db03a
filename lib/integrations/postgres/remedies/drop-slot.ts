import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { formatBytes } from "#lib/core/unit.ts";
import type { CheckResult, Offer } from "#lib/integrations/integration.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import type { PostgresDetail } from "#lib/integrations/postgres/detail.ts";
import { diffFunction, positionOf } from "#lib/integrations/postgres/queries.ts";
import {
  ask,
  block,
  type Context,
  nodeNamed,
  type PostgresAction,
  type PostgresPlan,
  pass,
  unknown,
  versionOf,
  warn,
} from "#lib/integrations/postgres/remedies/ask.ts";
import { flag, number, type Row, text } from "#lib/integrations/postgres/row.ts";
import { actingUser } from "#lib/integrations/postgres/target.ts";

export const dropSlot: PostgresAction = {
  id: "drop-slot",
  title: "Drop a dead slot",
  about: "Removes a replication slot that nobody reads from, so that the server lets go of the WAL it keeps for it.",
  risk: "high",
  offer,
  plan: planDrop,
};

function offer(_config: PostgresConfig, detail: PostgresDetail | null): Offer {
  const options = (detail?.nodes ?? []).flatMap((node) =>
    (node.slots ?? [])
      .filter((slot) => !slot.active && slot.restartLsn !== undefined)
      .map((slot) => ({
        value: `${node.name}/${slot.name}/${slot.restartLsn ?? "none"}`,
        label: `${slot.name} on ${node.name}`,
        hint: [
          slot.type,
          slot.retainedBytes === null ? null : `keeps ${formatBytes(slot.retainedBytes)}`,
          slot.walStatus,
        ]
          .filter((word) => word !== null)
          .join(" · "),
      })),
  );
  return {
    params: [{ name: "slot", label: "Slot", options }],
    blocked:
      detail === null ? "The cluster has not been read yet" : options.length === 0 ? "Every slot is in use" : null,
  };
}

interface Target {
  readonly node: PostgresNodeConfig;
  readonly slot: string;
  /** Where its reader had stopped when it was seen; `null`: nowhere. */
  readonly restartLsn: string | null;
}

function planDrop(config: PostgresConfig, params: Readonly<Record<string, string>>): Result<PostgresPlan> {
  const [name, slot = "", place = "", ...rest] = (params.slot ?? "").split("/");
  const node = nodeNamed(config, name);
  if (!node.ok) return node;
  // A position is written 0/3000060: its slash parts it in two.
  const lsn = [place, ...rest].join("/");
  if (!/^[a-z0-9_]{1,63}$/.test(slot) || !/^(none|[0-9A-F]{1,8}\/[0-9A-F]{1,8})$/.test(lsn)) {
    return err(failure("no-such-object", `there is no slot ${params.slot?.slice(0, 80) ?? "(none named)"}`));
  }
  const target: Target = { node: node.value, slot, restartLsn: lsn === "none" ? null : lsn };
  return ok({
    title: `Drop slot ${slot} on ${node.value.name}`,
    effect: `${node.value.name} no longer keeps WAL for ${slot} and removes it at its next checkpoints. Whatever read from the slot must be built anew.`,
    touches: [`${node.value.name} / slot ${slot}`],
    node: node.value.name,
    symptoms: ["slot-inactive", "slot-retained", "slot-lost"],
    heals: true,
    caveat: "A dropped slot cannot be brought back.",
    preflight: [
      {
        id: "dead",
        title: "Nobody reads from it, and it is the slot that was seen",
        run: (context) => checkDead(context, target),
      },
      { id: "unused", title: "No standby of this cluster needs it", run: (context) => checkUnused(context, target) },
      { id: "frees", title: "What it frees", run: (context) => checkFrees(context, target) },
      { id: "right", title: "The role may drop slots", run: (context) => checkRight(context, target) },
    ],
    steps: [
      {
        id: "drop",
        title: `Drop ${slot} if nobody reads from it`,
        does: `SELECT pg_drop_replication_slot('${slot}') … WHERE NOT active AND restart_lsn is as seen`,
        timeoutMs: 15_000,
        run: (context) => drop(context, target),
        probe: async (context) => {
          const seen = await find(context, target);
          if (!seen.ok) return seen;
          return ok({
            stands: seen.value === null,
            evidence: seen.value === null ? "the slot is gone" : "the slot is still there",
          });
        },
      },
    ],
    verify: {
      title: `slot ${slot} is gone and the others are as they were`,
      consecutive: 2,
      everyMs: 500,
      timeoutMs: 20_000,
      probe: async (context) => {
        const seen = await find(context, target);
        if (!seen.ok) return { holds: false, evidence: seen.error.what };
        return { holds: seen.value === null, evidence: seen.value === null ? "it is gone" : "it is still there" };
      },
    },
  });
}

async function find(context: Context, { node, slot }: Target): Promise<Result<Row | null>> {
  const version = await versionOf(context, node);
  if (!version.ok) return version;
  const diff = diffFunction(version.value);
  const sql = `SELECT s.slot_name, s.slot_type, s.active, s.restart_lsn::text AS restart_lsn, s.database,
  ${diff}(p.position, s.restart_lsn)::float8 AS retained_bytes,
  (SELECT max(${diff}(p.position, o.restart_lsn)) FROM pg_replication_slots o WHERE o.slot_name <> s.slot_name)::float8 AS others_bytes
FROM pg_replication_slots s CROSS JOIN (SELECT ${positionOf(version.value)} AS position) p WHERE s.slot_name = $1`;
  const answer = await ask(context, node, sql, [slot]);
  return answer.ok ? ok(answer.value[0] ?? null) : answer;
}

async function checkDead(context: Context, target: Target): Promise<CheckResult> {
  const seen = await find(context, target);
  if (!seen.ok) return unknown(seen.error.what);
  if (seen.value === null) return block("there is no such slot any more");
  if (flag(seen.value.active) !== false) return block("somebody reads from it right now");
  const now = text(seen.value.restart_lsn, 20);
  if (now !== target.restartLsn)
    return block(`it has moved to ${now ?? "nowhere"} since it was seen, so something used it`);
  return pass(`inactive, its reader stopped at ${now ?? "nowhere"}`);
}

/** A standby that is only away for a moment needs its slot most. */
async function checkUnused(context: Context, target: Target): Promise<CheckResult> {
  const others = context.config.nodes.filter((node) => node.name !== target.node.name);
  const answers = await Promise.all(others.map((node) => slotOf(context, node)));
  const users = others.filter((_, at) => answers[at] === target.slot);
  if (users.length > 0) return block(`${users.map((node) => node.name).join(", ")} is set to use it and is alive`);
  const silent = others.filter((_, at) => answers[at] === undefined).map((node) => node.name);
  if (silent.length > 0) {
    const verb = silent.length === 1 ? "does" : "do";
    return warn(
      `${silent.join(", ")} ${verb} not answer; if one of them used it, it needs a fresh copy when it comes back`,
    );
  }
  return pass(others.length === 0 ? "there is no other node" : "no node is set to use it");
}

/** The slot a node reads from or is set to; `null`: none; `undefined`: it cannot be asked. */
async function slotOf(context: Context, node: PostgresNodeConfig): Promise<string | null | undefined> {
  const sql = `SELECT coalesce((SELECT slot_name FROM pg_stat_wal_receiver), nullif(current_setting('primary_slot_name', true), '')) AS slot,
  pg_is_in_recovery() AS in_recovery`;
  const answer = await ask(context, node, sql);
  if (!answer.ok) return undefined;
  return flag(answer.value[0]?.in_recovery) === false ? null : text(answer.value[0]?.slot, 63);
}

async function checkFrees(context: Context, target: Target): Promise<CheckResult> {
  const seen = await find(context, target);
  if (!seen.ok) return unknown(seen.error.what);
  const kept = number(seen.value?.retained_bytes);
  if (text(seen.value?.slot_type, 20) === "logical") {
    return warn(`it is a logical slot of database ${text(seen.value?.database, 63)}: its consumer loses its place`);
  }
  if (kept === null) return pass("it keeps no WAL any more");
  const others = Math.max(0, number(seen.value?.others_bytes) ?? 0);
  return pass(`it keeps ${formatBytes(Math.max(0, kept))}; another slot keeps up to ${formatBytes(others)} of that`);
}

async function checkRight(context: Context, { node }: Target): Promise<CheckResult> {
  const answer = await ask(
    context,
    node,
    "SELECT rolsuper OR rolreplication AS may FROM pg_roles WHERE rolname = current_user",
  );
  if (!answer.ok) return unknown(answer.error.what);
  const user = actingUser(context.config);
  return flag(answer.value[0]?.may) === true
    ? pass(`${user} has REPLICATION`)
    : block(`${user} may not drop slots: run ALTER ROLE ${user} REPLICATION`);
}

/** PostgreSQL itself refuses a slot that somebody took meanwhile. */
async function drop(context: Context, { node, slot, restartLsn }: Target): Promise<Result<string>> {
  const sql = `SELECT s.slot_name, pg_drop_replication_slot(s.slot_name)::text AS dropped FROM pg_replication_slots s
WHERE s.slot_name = $1 AND NOT s.active AND s.restart_lsn IS NOT DISTINCT FROM $2::pg_lsn`;
  const answer = await ask(context, node, sql, [slot, restartLsn]);
  if (!answer.ok) return answer;
  return answer.value.length === 1
    ? ok(`slot ${slot} was dropped at ${restartLsn ?? "no position"}`)
    : err(failure("no-such-object", `slot ${slot} is in use, has moved or is gone; nothing was dropped`));
}
