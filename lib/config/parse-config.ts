import { createHash } from "node:crypto";
import path from "node:path";
import { accessConfigOf, accessSchema } from "#lib/config/access-schema.ts";
import {
  checkEventsToken,
  checkOidcSecret,
  checkOwnSecrets,
  checkSecrets,
  type SecretCheck,
  type SecretLookUp,
} from "#lib/config/check-secrets.ts";
import { checkVouched } from "#lib/config/check-vouched.ts";
import {
  checkActionIds,
  checkDependencies,
  checkHostReferences,
  checkIds,
  checkNodes,
  checkVia,
  type ReadService,
} from "#lib/config/checks.ts";
import { type Complaint, describeValue } from "#lib/config/complaint.ts";
import { explainIssues, unknownKey } from "#lib/config/explain.ts";
import { readFront } from "#lib/config/front.ts";
import { inputSchema, serviceJsonSchema } from "#lib/config/json-schema.ts";
import { type Judging, policyOf, retryMsOf } from "#lib/config/judging.ts";
import type { ActionIds } from "#lib/config/known-actions.ts";
import type {
  AccessConfig,
  AuditConfig,
  HistoryConfig,
  HostConfig,
  PitwallConfig,
  ReachConfig,
  ServiceConfig,
} from "#lib/config/model.ts";
import { placeComplaint } from "#lib/config/place-complaint.ts";
import { type ConfigProblem, sortProblems } from "#lib/config/problem.ts";
import { checkHeals, healRulesOf, readHealing } from "#lib/config/read-heal.ts";
import { readMaintenance } from "#lib/config/read-maintenance.ts";
import { readRunbooks } from "#lib/config/read-runbooks.ts";
import { readSecrets } from "#lib/config/read-secrets.ts";
import {
  auditSchema,
  defaultsSchema,
  eventsSchema,
  historySchema,
  hostName,
  hostSchema,
  reachSchema,
  rootKeys,
  rulesSchema,
  serviceKeys,
  serviceSchema,
} from "#lib/config/schema.ts";
import { type Path, readYaml, yamlBounds } from "#lib/config/yaml-source.ts";
import { nearest } from "#lib/core/nearest.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { RuleOverride } from "#lib/core/rule.ts";
import type { Integration } from "#lib/integrations/integration.ts";

export type Registry = Readonly<Record<string, Integration>>;
/** Far more than a board can show; it bounds the time that reading a hostile file can take. */
const maxServices = 2_000;
type Plain = Readonly<Record<string, unknown>>;

/**
 * The configuration that `text` means, or everything that is wrong with it at once; never a half of it. Pure but for
 * `secretExists`, which looks whether a reference leads anywhere. `file` is the absolute path the problems name; without
 * `actionIds` the actions that runbooks name are not looked up.
 */
export function parseConfig(
  text: string,
  file: string,
  registry: Registry,
  secretExists: SecretCheck,
  actionIds?: ActionIds,
): Result<PitwallConfig, ConfigProblem[]> {
  const source = readYaml(text);
  const locate = (complaint: Complaint) => placeComplaint(complaint, file, source);
  if (source.problems.length > 0) {
    return err(
      source.problems.map(({ path, line, column, message }) =>
        placeComplaint({ path, at: "value", message }, file, source, { line, column }),
      ),
    );
  }
  const complaints: Complaint[] = [];
  if (!isMap(source.value)) {
    const message = `expected a map with the keys ${rootKeys.join(", ")}, found ${describeValue(source.value ?? null)}`;
    return err([locate({ path: [], at: "value", message })]);
  }
  const root = source.value;
  complaints.push(...Object.keys(root).flatMap((key) => (isRootKey(key) ? [] : unknownKey(key, rootKeys, []))));
  const front = readFront(root, file, complaints, secretExists);
  const hostNames = Object.keys(isMap(root.hosts) ? root.hosts : {});
  const hosts = readHosts(root.hosts, complaints);
  const defaults = readDefaults(root.defaults, complaints);
  const secrets = readSecrets(root.secrets, complaints);
  const history = readHistory(root.history, complaints);
  const reach = readReach(root.reach, complaints);
  const eventsToken = readEventsToken(root.events, complaints);
  const access = readAccess(root.access, reach, complaints);
  const audit = readAudit(root.audit, file, complaints);
  const heal = readHealing(root.heal, complaints);
  const services = readServices(root, registry, complaints);
  const lookUp: SecretLookUp = { secrets, exists: secretExists };
  const maintenance = readMaintenance(root.maintenance, services, complaints);
  const runbooks = readRunbooks(root.runbooks, { registry, services, actionIds }, complaints);
  complaints.push(
    ...checkVia(hosts, hostNames),
    ...checkIds(services),
    ...checkDependencies(services),
    ...services.flatMap((service) => [
      ...checkHostReferences(service, hostNames),
      ...checkNodes(service),
      ...checkActionIds(service),
      ...checkHeals(service),
    ]),
    ...checkSecrets(root.hosts, services, lookUp),
    ...checkEventsToken(eventsToken, lookUp),
    ...checkOwnSecrets(root.secrets, secrets, secretExists),
    ...checkOidcSecret(access.oidcSecret, lookUp),
    ...checkVouched(access, front, groupsOf(services)),
  );
  const configured = services.map((service) => configure(service, defaults, complaints));
  if (complaints.length > 0) return err(sortProblems(complaints.map(locate)).slice(0, yamlBounds.problems));
  const digest = createHash("sha256").update(text).digest("hex");
  const opens = eventsToken === undefined ? {} : { eventsToken };
  const watched = configured.filter((service) => service !== undefined);
  const kept = { history, audit, heal, maintenance, runbooks };
  return ok({ file, digest, front, hosts, reach, secrets, access, ...kept, ...opens, services: watched });
}

function readHosts(value: unknown, complaints: Complaint[]): Record<string, HostConfig> {
  if (value === undefined || value === null) return {};
  if (!isMap(value)) {
    complaints.push({
      path: ["hosts"],
      at: "value",
      message: `\`hosts\`: expected a map of hosts by name, found ${describeValue(value)}`,
    });
    return {};
  }
  const hosts: Record<string, HostConfig> = {};
  const schema = inputSchema(hostSchema);
  for (const [name, raw] of Object.entries(value)) {
    const path = ["hosts", name];
    const named = hostName.safeParse(name);
    if (!named.success)
      complaints.push({ path, at: "key", message: `host \`${name}\`: ${named.error.issues[0]?.message}` });
    const parsed = hostSchema.safeParse(raw ?? {});
    if (!parsed.success) complaints.push(...explainIssues(parsed.error.issues, raw ?? {}, schema, path));
    if (!named.success || !parsed.success) continue;
    const { hostKey, via, actKey, mode, ...host } = parsed.data;
    hosts[name] = {
      name,
      ...host,
      ...(actKey === undefined ? {} : { actKey }),
      ...(mode === "wrapper" ? { mode } : {}),
      hostKeys: [hostKey].flat().map((key) => key.trim()),
      via: via ?? null,
    };
  }
  return hosts;
}

interface Defaults extends Judging {
  readonly intervalMs: number;
  readonly timeoutMs: number | undefined;
}

function readDefaults(value: unknown, complaints: Complaint[]): Defaults {
  const parsed = defaultsSchema.safeParse(value ?? {});
  if (parsed.success) {
    const { interval, timeout, ...judging } = parsed.data;
    return { ...judging, intervalMs: interval, timeoutMs: timeout };
  }
  complaints.push(...explainIssues(parsed.error.issues, value, inputSchema(defaultsSchema), ["defaults"]));
  return { intervalMs: defaultsSchema.parse({}).interval, timeoutMs: undefined };
}

function readHistory(value: unknown, complaints: Complaint[]): HistoryConfig {
  const parsed = historySchema.safeParse(value ?? {});
  if (!parsed.success) {
    complaints.push(...explainIssues(parsed.error.issues, value, inputSchema(historySchema), ["history"]));
  }
  const { raw, minutes, hours, maxSize } = parsed.data ?? historySchema.parse({});
  return { rawMs: raw, minutesMs: minutes, hoursMs: hours, maxBytes: maxSize ?? null };
}

function readAudit(value: unknown, file: string, complaints: Complaint[]): AuditConfig {
  const parsed = auditSchema.safeParse(value ?? {});
  if (!parsed.success) {
    complaints.push(...explainIssues(parsed.error.issues, value, inputSchema(auditSchema), ["audit"]));
  }
  const { keep, archive } = parsed.data ?? auditSchema.parse({});
  return { keepMs: keep, archiveFolder: archive === undefined ? null : path.resolve(path.dirname(file), archive) };
}

function readReach(value: unknown, complaints: Complaint[]): ReachConfig {
  const parsed = reachSchema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  complaints.push(...explainIssues(parsed.error.issues, value, inputSchema(reachSchema), ["reach"]));
  return reachSchema.parse({});
}

function readEventsToken(value: unknown, complaints: Complaint[]): string | undefined {
  const parsed = eventsSchema.safeParse(value ?? {});
  if (parsed.success) return parsed.data.token;
  complaints.push(...explainIssues(parsed.error.issues, value, inputSchema(eventsSchema), ["events"]));
  return undefined;
}

function readAccess(value: unknown, reach: ReachConfig, complaints: Complaint[]): AccessConfig {
  const parsed = accessSchema.safeParse(value ?? {});
  if (parsed.success) return accessConfigOf(parsed.data, reach);
  complaints.push(...explainIssues(parsed.error.issues, value, inputSchema(accessSchema), ["access"]));
  return accessConfigOf(accessSchema.parse({}), reach);
}

function readServices(root: Plain, registry: Registry, complaints: Complaint[]): ReadService[] {
  const value = root.services;
  if (!Array.isArray(value)) {
    const found =
      value === undefined ? "is missing: expected a list" : `: expected a list, found ${describeValue(value)}`;
    const words = `\`services\`${value === undefined ? " " : ""}${found} of what to watch, each with \`id\` and \`kind\``;
    complaints.push({ path: ["services"], at: "value", message: words });
    return [];
  }
  if (value.length > maxServices) {
    const message = `\`services\`: ${value.length} services are more than one Pitwall can watch (limit ${maxServices})`;
    complaints.push({ path: ["services"], at: "value", message });
    return [];
  }
  return value.flatMap((raw, index) => {
    const path: Path = ["services", index];
    if (isMap(raw)) return readService(raw, path, registry, complaints);
    complaints.push({
      path,
      at: "value",
      message: `expected a service with \`id\` and \`kind\`, found ${describeValue(raw)}`,
    });
    return [];
  });
}

/** Reads the keys that all services have by our schema and the others by the kind's, so that both report all they find. */
function readService(raw: Plain, path: Path, registry: Registry, complaints: Complaint[]): ReadService {
  const integration =
    typeof raw.kind === "string" && Object.hasOwn(registry, raw.kind) ? registry[raw.kind] : undefined;
  const keysOf = (wanted: boolean) =>
    Object.fromEntries(Object.entries(raw).filter(([key]) => serviceKeys.includes(key) === wanted));
  const base = serviceSchema.safeParse(keysOf(true));
  const schema = integration === undefined ? inputSchema(serviceSchema) : serviceJsonSchema(integration);
  if (!base.success) complaints.push(...explainIssues(base.error.issues, raw, schema, path));
  if (integration === undefined) {
    if (typeof raw.kind === "string") complaints.push(unknownKind(raw.kind, registry, path));
    return { path, raw, schema, base: base.data, config: undefined, rules: undefined, integration };
  }
  const config = integration.manifest.config.safeParse(keysOf(false));
  if (!config.success) complaints.push(...explainIssues(config.error.issues, raw, schema, path));
  const rules = rulesSchema(integration.manifest.rules).safeParse(raw.rules ?? {});
  if (!rules.success) {
    const within = rules.error.issues.map((issue) => ({ ...issue, path: ["rules", ...issue.path] }));
    complaints.push(...explainIssues(within, raw, schema, path));
  }
  return {
    path,
    raw,
    schema,
    integration,
    base: base.data,
    config: config.success ? { value: config.data } : undefined,
    rules: rules.data as Record<string, RuleOverride> | undefined,
  };
}

function unknownKind(kind: string, registry: Registry, path: Path): Complaint {
  const near = nearest(kind, Object.keys(registry));
  const hint =
    near === undefined ? `; possible are ${Object.keys(registry).join(", ")}` : ` — did you mean \`${near}\`?`;
  return {
    path: [...path, "kind"],
    at: "value",
    message: `unknown kind ${describeValue(kind)}${hint}`,
    found: describeValue(kind),
    ...(near === undefined ? {} : { nearest: near }),
  };
}

function configure(service: ReadService, defaults: Defaults, complaints: Complaint[]): ServiceConfig | undefined {
  const { base, config, rules } = service;
  if (base === undefined) return undefined;
  const intervalMs = base.interval ?? defaults.intervalMs;
  const timeoutMs = base.timeout ?? Math.min(defaults.timeoutMs ?? Math.min(intervalMs * 0.8, 10_000), intervalMs);
  if (timeoutMs > intervalMs) {
    const message = `\`timeout\`: ${timeoutMs} ms is longer than the interval of ${intervalMs} ms; a poll must end before the next one starts`;
    complaints.push({ path: [...service.path, "timeout"], at: "value", message });
  }
  if (config === undefined || rules === undefined) return undefined;
  return {
    id: base.id,
    kind: base.kind,
    name: base.name ?? base.id,
    group: base.group ?? null,
    dependsOn: [...new Set(base.dependsOn)],
    ...(base.refuse.length === 0 ? {} : { refuse: [...new Set(base.refuse)] }),
    intervalMs,
    timeoutMs: Math.round(timeoutMs),
    retryMs: retryMsOf(base, defaults, intervalMs),
    policy: policyOf(base, defaults),
    rules,
    ...(base.actions.length === 0 ? {} : { actions: base.actions }),
    ...(base.units.length === 0 ? {} : { units: base.units }),
    ...(base.heal === undefined ? {} : { heal: healRulesOf(base.heal) }),
    config: config.value,
    ...(service.integration?.manifest.reports === true ? { reports: true } : {}),
  };
}

function groupsOf(services: readonly ReadService[]): string[] {
  return [...new Set(services.flatMap(({ base }) => base?.group ?? []))];
}

function isMap(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isRootKey(key: string): boolean {
  return (rootKeys as readonly string[]).includes(key);
}
