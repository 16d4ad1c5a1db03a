import { type Access, escapeEre, exact, type GrantedWord, type KindGrant, matching, oneOf } from "#lib/core/grant.ts";
import type { PostgresConfig, PostgresNodeConfig } from "#lib/integrations/postgres/config.ts";
import {
  conninfoOf,
  keptFolder,
  type Machine,
  slotNameOf,
  unfinishedMark,
} from "#lib/integrations/postgres/remedies/machine.ts";
import * as scripts from "#lib/integrations/postgres/remedies/scripts.ts";

/** The commands that switchover, failover and rejoin run on the machines of the servers and of the poolers. */
export function postgresGrants(config: PostgresConfig): KindGrant[] {
  const ofNodes = config.nodes.flatMap((node) =>
    node.machine === undefined ? [] : machineGrants(config, node, node.machine),
  );
  return [...ofNodes, ...poolerGrants(config)];
}

type Word = GrantedWord | string;

function granter(host: string, name: string) {
  return (id: string, access: Access, limitSeconds: number, ...words: readonly Word[]): KindGrant => ({
    host,
    id,
    about: `${name}: ${id}`,
    access,
    words: ["env", "LC_ALL=C", ...words].map((word) => (typeof word === "string" ? exact(word) : word)),
    limitSeconds,
  });
}

const script = (text: string): string[] => ["sh", "-c", text, "sh"];

function machineGrants(config: PostgresConfig, node: PostgresNodeConfig, machine: Machine): KindGrant[] {
  const { host, bin, data, start, promoteFile } = machine;
  const grant = granter(host, node.name);
  const control = [`${bin}/pg_ctl`, "-D", data];
  const others = config.nodes.filter((other) => other !== node);
  const conninfos = others.flatMap((other) => {
    const conninfo = conninfoOf(config, node, other);
    return conninfo.ok ? [conninfo.value] : [];
  });
  const [kept, fresh, mark] = [keptFolder(data), `${data}.pitwall-new`, unfinishedMark(data)];
  const old = matching(`${escapeEre(data)}\\.diverged-[0-9]{9,12}`, { min: data.length, max: data.length + 30 });
  const slot = oneOf(["", slotNameOf(node)]);
  const modern = oneOf(["0", "1"]);
  const usual = [...control, "-l", `${data}/pitwall-start.log`, "-w", "-t", "60", "-s", "start"];
  const standby =
    conninfos.length === 0
      ? []
      : [
          grant("set-standby", "act", 30, ...script(scripts.standbyScript), data, oneOf(conninfos), slot, modern),
          grant("stop-as-standby", "act", 90, ...script(scripts.stopScript), data, oneOf(conninfos), slot, modern, bin),
        ];
  return [
    grant("status", "look", 30, ...control, "status"),
    grant("control-data", "look", 30, `${bin}/pg_controldata`, data),
    grant("is-standby", "look", 30, ...script(scripts.standbySetScript), data),
    grant("programs", "look", 30, "ps", "-eo", "args="),
    grant("disk", "look", 30, "df", "-Pk", "--", data),
    grant("has-rewind", "look", 30, "test", "-x", `${bin}/pg_rewind`),
    grant("is-unfinished", "look", 30, "test", "-e", mark),
    ...others.map(({ address, port, name }) =>
      grant(`asks-${slug(name)}`, "look", 30, `${bin}/pg_isready`, "-h", address, "-p", String(port), "-t", "3"),
    ),
    grant(
      "count-lost",
      "look",
      180,
      ...script(scripts.countScript),
      bin,
      data,
      matching("[0-9]+", { max: 10 }),
      matching("[0-9A-Fa-f]+/[0-9A-Fa-f]+", { max: 20 }),
    ),
    ...(["fast", "immediate"] as const).map((mode) =>
      grant(`stop-${mode}`, "act", 90, ...control, "-m", mode, "-w", "-t", "60", "-s", "stop"),
    ),
    grant("start", "act", 90, ...(start ?? usual)),
    ...standby,
    grant("set-primary", "act", 30, ...script(scripts.primaryScript), data),
    grant("reload", "act", 30, ...control, "-s", "reload"),
    grant("promote", "act", 90, ...control, "-w", "-t", "60", "-s", "promote"),
    ...(promoteFile === undefined ? [] : [grant("promote-file", "act", 30, "touch", "--", promoteFile)]),
    grant("recover-alone", "act", 600, ...script(scripts.aloneScript), `${bin}/postgres`, data),
    grant("keep-settings", "act", 30, ...script(scripts.keepScript), data, kept),
    grant("restore-settings", "act", 30, ...script(scripts.restoreScript), data, kept),
    grant("mark-unfinished", "act", 30, "touch", "--", mark),
    grant("mark-finished", "act", 30, "rm", "-f", "--", mark),
    ...others.flatMap((other) => copyGrants(config, grant, machine, other)),
    grant("clear-copy", "act", 120, "rm", "-rf", "--", fresh),
    grant("swap-copy", "act", 30, ...script(scripts.swapScript), data, fresh, old),
  ];
}

/** What brings the files in line with those of one other server. */
function copyGrants(
  config: PostgresConfig,
  grant: ReturnType<typeof granter>,
  { bin, data }: Machine,
  other: PostgresNodeConfig,
): KindGrant[] {
  const { standby, user, database } = config;
  const passfile = standby?.passfile === undefined ? "" : ` passfile=${standby.passfile}`;
  const source = `host=${other.address} port=${other.port} user=${standby?.user ?? user}${passfile}`;
  const rewind = [`${bin}/pg_rewind`, "-D", data, `--source-server=${source} dbname=${database}`];
  const copy = [`${bin}/pg_basebackup`, "-D", `${data}.pitwall-new`, "-X", "stream", "-c", "fast", "-d", source];
  const name = slug(other.name);
  return [
    grant(`try-rewind-${name}`, "act", 3_100, ...rewind, "--dry-run"),
    grant(`rewind-${name}`, "act", 3_100, ...rewind),
    grant(`copy-${name}`, "act", 3_100, ...copy),
  ];
}

function poolerGrants({ nodes, poolers }: PostgresConfig): KindGrant[] {
  return poolers.flatMap(({ name, machine, databases }) => {
    if (machine === undefined) return [];
    const grant = granter(machine.host, name);
    return nodes.flatMap(({ address, port, name: node }) =>
      (["try", "write"] as const).map((how) =>
        grant(
          `lead-${how}-${slug(node)}`,
          how === "try" ? "look" : "act",
          30,
          ...script(scripts.leadScript),
          how,
          machine.file,
          address,
          String(port),
          ...databases,
        ),
      ),
    );
  });
}

function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}
