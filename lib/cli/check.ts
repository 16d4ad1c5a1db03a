import path from "node:path";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { readEnv } from "#lib/config/env.ts";
import type { PitwallConfig, ServiceConfig } from "#lib/config/model.ts";
import { type ConfigProblem, formatProblemWithExcerpt } from "#lib/config/problem.ts";
import { readConfig } from "#lib/config/read-config.ts";
import { isAskedFor, secretReferences } from "#lib/config/secret-references.ts";
import { resolveSecret, shortestSecret } from "#lib/config/secrets.ts";
import { formatDuration } from "#lib/core/duration.ts";
import { registry } from "#lib/integrations/registry.ts";
import { tooShort } from "#lib/poller/known-secrets.ts";
import { parseAddress } from "#lib/transports/address.ts";
import { createReach } from "#lib/transports/reach.ts";

/** `pitwall check [file]`: everything that is wrong with a pitwall.yaml, or what it means. Starts and contacts nothing. */
export function check({ env, cwd, say, complain }: Surroundings, file: string | undefined): number {
  const parsed = readEnv(env, cwd);
  if (!parsed.ok) {
    for (const line of parsed.error) complain(line);
    return 2;
  }
  const read = readConfig(file === undefined ? parsed.value.configFile : path.resolve(cwd, file), { registry, env });
  if (!read.ok) {
    printProblems(read.error, cwd, complain);
    return 1;
  }
  const { services } = read.value;
  for (const line of table(services.map(rowOf))) say(line);
  say(totals(read.value, relative(read.value.file, cwd)));
  const folder = path.dirname(read.value.file);
  const warn = (message: string) => complain(`warning: ${message}`);
  for (const reference of secretReferences(read.value, registry)) {
    if (isAskedFor(reference, read.value)) continue;
    const found = resolveSecret(reference, { env, folder, warn });
    if (found.ok && found.value.length < shortestSecret) warn(tooShort(reference));
  }
  for (const warning of unreachable(read.value)) complain(`warning: ${warning}`);
  return 0;
}

/** What stands in the file as an address that `reach` does not let Pitwall ask: each says the line that would. */
function unreachable({ hosts, services, reach: policy }: PitwallConfig): string[] {
  const reach = createReach(policy);
  const ofHosts = Object.values(hosts).flatMap(({ name, address, via }) =>
    via === null ? [[`host ${name}`, address] as const] : [],
  );
  const ofServices = services.flatMap((service) => {
    const endpoints = registry[service.kind]?.manifest.endpoints?.(service.config, null);
    const all = [...(endpoints?.provides ?? []), ...(endpoints?.uses ?? [])];
    return all.flatMap(({ address, from }) =>
      address === undefined || (from !== undefined && from !== "local") ? [] : [[service.id, hostOf(address)] as const],
    );
  });
  const told = [...ofHosts, ...ofServices].flatMap(([who, host]) => {
    const refusal = reach.refusal(host);
    return refusal === null ? [] : [`${who} cannot be asked: ${refusal.what}`];
  });
  return [...new Set(told)];
}

function hostOf(address: string): string {
  const parsed = parseAddress(address, 1);
  return parsed?.type === "tcp" ? parsed.host : address;
}

/** All problems with their lines, and how many there are. */
export function printProblems(problems: readonly ConfigProblem[], cwd: string, complain: (line: string) => void): void {
  for (const problem of problems) complain(formatProblemWithExcerpt({ ...problem, file: relative(problem.file, cwd) }));
  complain(`${count(problems.length, "problem")}; nothing was started`);
}

function rowOf(service: ServiceConfig): string[] {
  const nodes = registry[service.kind]?.manifest.nodes(service.config) ?? [];
  const changed = Object.keys(service.rules).length;
  return [
    service.id,
    service.kind,
    count(nodes.length, "node"),
    `every ${formatDuration(service.intervalMs)}, deadline ${formatDuration(service.timeoutMs)}`,
    [
      ...(service.dependsOn.length > 0 ? [`depends on ${service.dependsOn.join(", ")}`] : []),
      ...(changed > 0 ? [`${count(changed, "rule")} changed`] : []),
    ].join("; "),
  ];
}

function totals(config: PitwallConfig, file: string): string {
  const kinds = new Set(config.services.map(({ kind }) => kind)).size;
  const references = secretReferences(config, registry);
  const asked = references.filter((reference) => isAskedFor(reference, config)).length;
  const parts = [
    count(config.services.length, "service"),
    count(kinds, "kind"),
    count(Object.keys(config.hosts).length, "host"),
    `${count(references.length - asked, "secret")} found`,
    ...(asked > 0 ? [`${asked} to be asked for (--resolve asks)`] : []),
  ];
  return `${file} is good: ${parts.join(", ")}`;
}

function table(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function relative(file: string, cwd: string): string {
  const short = path.relative(cwd, file);
  return short.startsWith("..") || short === "" ? file : short;
}
