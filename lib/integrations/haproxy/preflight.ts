import { foreignLine } from "#lib/core/foreign-text.ts";
import { formatCount } from "#lib/core/unit.ts";
import {
  checkRight,
  commandTimeoutMs,
  readServer,
  type ServerKey,
  type ServerNow,
  serverIn,
  type WantedState,
} from "#lib/integrations/haproxy/admin.ts";
import type { HaproxyConfig, ProcessConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { numberOf, type ProcessReading, type StatRow, textOf } from "#lib/integrations/haproxy/parse.ts";
import { checkOf, takesSessions } from "#lib/integrations/haproxy/status.ts";
import type { ActionContext, Check, CheckResult, CheckVerdict } from "#lib/integrations/integration.ts";

export type HaproxyContext = ActionContext<HaproxyConfig, HaproxyDetail>;
type HaproxyCheckup = Check<HaproxyConfig, HaproxyDetail>;
type Now = ServerNow & { readonly reading: ProcessReading };

/** What is probed live before a server's state is changed. */
export function preflightFor(config: HaproxyConfig, key: ServerKey, wanted: WantedState | "weigh"): HaproxyCheckup[] {
  const name = `${key.backend}/${key.server}`;
  const everywhere = (judge: Judge) => (context: HaproxyContext) => onEveryProcess(config, key, judge, context);
  const shared: HaproxyCheckup[] = [
    {
      id: "right",
      title: "Every process lets Pitwall change states",
      run: (context) => checkRights(config, key, context),
    },
    { id: "found", title: `Every process has ${name}`, run: everywhere(foundIn(wanted)) },
  ];
  if (wanted === "weigh") return shared;
  if (wanted === "ready") {
    const run = everywhere((process, now, context) => checkHealth(config, process, key, now, context));
    return [...shared, { id: "health", title: `${key.server} is fit to serve`, run }];
  }
  return [
    ...shared,
    {
      id: "servers-left",
      title: "Enough servers stay in rotation",
      run: everywhere((process, now) => checkServersLeft(process, key, now)),
    },
    {
      id: "room-left",
      title: "The others have room for its sessions",
      run: everywhere((process, now) => checkRoomLeft(process, key, now)),
    },
    {
      id: "followers",
      title: "No other server follows this one",
      run: everywhere((process, now) => checkFollowers(process, key, now)),
    },
  ];
}

type Judge = (process: ProcessConfig, now: Now, context: HaproxyContext) => Promise<CheckResult> | CheckResult;

async function onEveryProcess(
  config: HaproxyConfig,
  key: ServerKey,
  judge: Judge,
  context: HaproxyContext,
): Promise<CheckResult> {
  const results = config.processes.map(async (process): Promise<CheckResult> => {
    const now = await readServer(process, key, context);
    if (now.ok) return await judge(process, now.value, context);
    const verdict = now.error.kind === "no-such-object" ? "block" : "unknown";
    return { verdict, evidence: `${process.name}: ${now.error.what}` };
  });
  return worstOf(await Promise.all(results));
}

/** Whether enough servers stay in rotation on every process if this one goes. */
export function serversLeft(config: HaproxyConfig, key: ServerKey, context: HaproxyContext): Promise<CheckResult> {
  return onEveryProcess(config, key, (process, now) => checkServersLeft(process, key, now), context);
}

/** Whether the server is fit to serve, on every process. */
export function fitToServe(config: HaproxyConfig, key: ServerKey, context: HaproxyContext): Promise<CheckResult> {
  return onEveryProcess(config, key, (process, now) => checkHealth(config, process, key, now, context), context);
}

export async function checkRights(
  config: HaproxyConfig,
  key: Pick<ServerKey, "backend">,
  context: HaproxyContext,
): Promise<CheckResult> {
  const rights = await Promise.all(config.processes.map((process) => checkRight(process, key, context)));
  return worstOf(
    rights.map((right, index): CheckResult => {
      if (right.ok) return { verdict: "pass", evidence: right.value };
      const verdict = right.error.kind === "forbidden" ? "block" : "unknown";
      const said = right.error.said === undefined ? "" : ` (${right.error.said})`;
      return { verdict, evidence: `${config.processes[index]?.name}: ${right.error.what}${said}` };
    }),
  );
}

function foundIn(wanted: WantedState | "weigh") {
  return (process: ProcessConfig, now: Now): CheckResult => {
    const sessions = numberOf(now.row, "scur") ?? 0;
    const evidence = `${process.name}: ${now.status}, ${formatCount(sessions)} sessions`;
    if (now.state === "dns-maint") {
      return { verdict: "block", evidence: `${evidence}; its name does not resolve, which no state changes` };
    }
    return now.admin === wanted
      ? { verdict: "warn", evidence: `${evidence}; is ${wanted} already` }
      : { verdict: "pass", evidence };
  };
}

function checkServersLeft(process: ProcessConfig, key: ServerKey, now: Now): CheckResult {
  const servers = serversOf(now.reading, key);
  const left = servers.filter((row) => row.name !== key.server && isServing(now.reading, row));
  const evidence = `${process.name}: ${left.length} of ${servers.length} servers stay in rotation`;
  if (!isServing(now.reading, now.row)) {
    return {
      verdict: "pass",
      evidence: `${process.name}: it is out of rotation already (${now.status}), ${left.length} serve`,
    };
  }
  if (left.length === 0) return { verdict: "block", evidence: `${evidence}: ${key.backend} would answer 503` };
  return { verdict: left.length / servers.length < floorShare ? "warn" : "pass", evidence };
}

/** Fewer servers than this share of all is worth a second look (minHealthy of node remediation tools). */
const floorShare = 0.51;
/** Room to leave above the sessions of now. */
const headroom = 1.2;

function checkRoomLeft(process: ProcessConfig, key: ServerKey, now: Now): CheckResult {
  const left = serversOf(now.reading, key).filter((row) => row.name !== key.server && isServing(now.reading, row));
  const sessions = serversOf(now.reading, key).reduce((sum, row) => sum + (numberOf(row, "scur") ?? 0), 0);
  const limits = left.map((row) => numberOf(row, "slim"));
  if (limits.some((limit) => limit === null)) {
    return { verdict: "pass", evidence: `${process.name}: ${sessions} sessions now, the others have no limit` };
  }
  const room = limits.reduce<number>((sum, limit) => sum + (limit ?? 0), 0);
  const evidence = `${process.name}: ${sessions} sessions now, the others take ${room}`;
  return room < sessions * headroom
    ? { verdict: "warn", evidence: `${evidence}: requests may queue` }
    : { verdict: "pass", evidence };
}

function checkFollowers(process: ProcessConfig, key: ServerKey, now: Now): CheckResult {
  const followers = now.reading.rows.filter((row) => textOf(row, "tracked") === `${key.backend}/${key.server}`);
  if (followers.length === 0) return { verdict: "pass", evidence: `${process.name}: none` };
  const names = followers.map((row) => `${row.proxy}/${row.name}`).join(", ");
  return { verdict: "warn", evidence: `${process.name}: ${names} will follow it` };
}

/**
 * `ready` makes HAProxy send traffic at once. A drained server is still checked, so its check decides; one in maintenance
 * is not, so its health page is asked from where HAProxy runs.
 */
async function checkHealth(
  config: HaproxyConfig,
  process: ProcessConfig,
  key: ServerKey,
  now: Now,
  context: HaproxyContext,
): Promise<CheckResult> {
  const check = checkOf(now.row, null, config.healthPath);
  if (now.state !== "maint" && check !== null) {
    if (check.passed === true) return { verdict: "pass", evidence: `${process.name}: ${check.reason}` };
    if (check.passed === false) return { verdict: "block", evidence: `${process.name}: ${check.reason}` };
  }
  const unchecked = now.state === "maint" ? "is not checked in maintenance" : "has no check";
  const beforehand = `${process.name}: ${key.server} ${unchecked}, and HAProxy sends traffic at once`;
  const told = now.reading.states?.get(`${key.backend}/${key.server}`);
  const address = told?.address ?? textOf(now.row, "addr");
  if (config.healthPath === undefined)
    return { verdict: "warn", evidence: `${beforehand}; set healthPath to have it asked first` };
  if (address === null || told?.tls === true)
    return { verdict: "warn", evidence: `${beforehand}; it cannot be asked from here` };
  return askHealth(process, address, config.healthPath, context);
}

async function askHealth(
  process: ProcessConfig,
  address: string,
  path: string,
  context: HaproxyContext,
): Promise<CheckResult> {
  const from = "socket" in process ? process.from : "local";
  const send = `GET ${path} HTTP/1.0\r\nHost: ${address}\r\nUser-Agent: Pitwall\r\nConnection: close\r\n\r\n`;
  const { transports, signal } = context;
  const answer = await transports.tcp.exchange({
    to: address,
    from,
    send,
    timeoutMs: commandTimeoutMs,
    signal,
    maxBytes: 65_536,
  });
  if (!answer.ok) return { verdict: "block", evidence: `${process.name}: ${address}${path}: ${answer.error.what}` };
  const statusLine = foreignLine(answer.value.split("\n", 1)[0] ?? "", 80);
  const good = /^HTTP\/1\.[01] 2\d\d\b/.test(statusLine);
  return { verdict: good ? "pass" : "block", evidence: `${process.name}: ${address}${path} answers ${statusLine}` };
}

function serversOf(reading: ProcessReading, key: ServerKey): StatRow[] {
  return reading.rows.filter((row) => row.kind === "server" && row.proxy === key.backend);
}

function isServing(reading: ProcessReading, row: StatRow): boolean {
  const now = serverIn(reading, { backend: row.proxy, server: row.name });
  return (
    now !== undefined &&
    takesSessions(now.state) &&
    numberOf(row, "weight") !== 0 &&
    now.admin !== "drain" &&
    now.admin !== "maint"
  );
}

const order: readonly CheckVerdict[] = ["pass", "warn", "unknown", "block"];

/** One result for all processes: the worst verdict, and what each one showed. */
function worstOf(results: readonly CheckResult[]): CheckResult {
  const verdict = results.reduce<CheckVerdict>(
    (worst, result) => (order.indexOf(result.verdict) > order.indexOf(worst) ? result.verdict : worst),
    "pass",
  );
  return { verdict, evidence: results.map((result) => result.evidence).join("; ") };
}
