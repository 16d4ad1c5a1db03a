import { SaxesParser } from "saxes";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { decimal, line } from "#lib/integrations/passenger/value.ts";

/** `passenger-status --show=xml` as it stands there: texts and numbers, times on the host's own clock. */
export interface PoolReading {
  readonly version: string | null;
  readonly max: number | null;
  readonly processCount: number | null;
  readonly capacityUsed: number | null;
  /** `/info/get_wait_list_size`: requests for which no process slot exists. */
  readonly topLevelQueue: number | null;
  readonly groups: readonly GroupReading[];
}

export interface GroupReading {
  readonly name: string;
  readonly appRoot: string | null;
  readonly uuid: string | null;
  /** `/info/supergroups/supergroup/group/get_wait_list_size`: this app's queue, the number to alarm on. */
  readonly queue: number;
  readonly enabledProcesses: number | null;
  readonly disablingProcesses: number | null;
  readonly disabledProcesses: number | null;
  readonly spawning: number | null;
  readonly minProcesses: number | null;
  readonly maxProcesses: number | null;
  readonly lifeStatus: string | null;
  readonly processes: readonly ProcessReading[];
}

export interface ProcessReading {
  readonly pid: number;
  readonly sessions: number | null;
  readonly concurrency: number | null;
  readonly busyness: number | null;
  readonly processed: number | null;
  readonly cpuPercent: number | null;
  readonly realMemoryKb: number | null;
  readonly spawnedAtS: number | null;
  readonly lastUsedAtS: number | null;
  readonly uptimeS: number | null;
  readonly lifeStatus: string | null;
  readonly enabled: string | null;
}

/** More than any pool has; a document with more elements is cut off as malformed. */
const maxElements = 50_000;
const maxTextChars = 2_000;

type Texts = Record<string, string>;
interface OpenGroup {
  readonly texts: Texts;
  readonly processes: Texts[];
}

/**
 * Reads the pool by full path: three elements are called get_wait_list_size, and only one of them is an app's queue
 * (Passenger 6, run). Of `options`, which also holds api_key and commands, only two numbers and the folder are looked at.
 * Unknown elements are passed over. Failure: malformed.
 */
export function parsePool(xml: string): Result<PoolReading> {
  const info: Texts = {};
  const groups: OpenGroup[] = [];
  let process: Texts | null = null;
  let seen = 0;
  let bad: Failure | null = null;
  const path: string[] = [];
  let text = "";

  const parser = new SaxesParser();
  const end = (why: string): never => {
    bad = failure("malformed", `passenger-status sent ${why}`);
    throw new Ended();
  };
  parser.on("error", (error) => end(`no well-formed XML: ${line(error.message, 120) ?? "unreadable"}`));
  parser.on("opentag", (tag) => {
    path.push(tag.name);
    text = "";
    seen += 1;
    if (seen > maxElements || path.length > 30) end("more than any pool has");
    const at = path.join("/");
    if (at === groupPath) groups.push({ texts: {}, processes: [] });
    if (at === processPath) {
      process = {};
      groups.at(-1)?.processes.push(process);
    }
  });
  parser.on("text", (more) => {
    if (text.length < maxTextChars) text += more.slice(0, maxTextChars);
  });
  parser.on("closetag", (tag) => {
    const at = path.slice(0, -1).join("/");
    if (at === "info") put(info, tag.name, text);
    else if (at === groupPath) put(groups.at(-1)?.texts, tag.name, text);
    else if (at === optionsPath && wantedOptions.has(tag.name)) put(groups.at(-1)?.texts, `options/${tag.name}`, text);
    else if (at === processPath) put(process, tag.name, text);
    path.pop();
    text = "";
  });
  feed(parser, xml);

  if (bad !== null) return err(bad);
  if (seen === 0 || info.max === undefined) return err(failure("malformed", "passenger-status sent no pool"));
  return ok(readingOf(info, groups));
}

const groupPath = "info/supergroups/supergroup/group";
const optionsPath = `${groupPath}/options`;
const processPath = `${groupPath}/processes/process`;
const wantedOptions = new Set(["min_processes", "max_processes"]);

/**
 * To the first thing that is wrong: the parser would go on by itself, and make an error with its stack for each character
 * that it does not like.
 */
function feed(parser: SaxesParser, xml: string): void {
  try {
    parser.write(xml).close();
  } catch (cause) {
    if (!(cause instanceof Ended)) throw cause;
  }
}

class Ended extends Error {}

/** `group` inside a group is its Unix group; the first text of a name counts, and names of the prototype are plain names. */
function put(into: Texts | null | undefined, name: string, text: string): void {
  if (into != null && !Object.hasOwn(into, name)) into[name] = text;
}

function readingOf(info: Texts, groups: readonly OpenGroup[]): PoolReading {
  return {
    version: line(info.passenger_version, 40),
    max: decimal(info.max),
    processCount: decimal(info.process_count),
    capacityUsed: decimal(info.capacity_used),
    topLevelQueue: decimal(info.get_wait_list_size),
    groups: groups.flatMap(groupOf),
  };
}

function groupOf({ texts, processes }: OpenGroup): GroupReading[] {
  const name = line(texts.name, 400);
  if (name === null) return [];
  return [
    {
      name,
      appRoot: line(texts.app_root, 400),
      uuid: line(texts.uuid, 80),
      queue: decimal(texts.get_wait_list_size) ?? 0,
      enabledProcesses: decimal(texts.enabled_process_count),
      disablingProcesses: decimal(texts.disabling_process_count),
      disabledProcesses: decimal(texts.disabled_process_count),
      spawning: decimal(texts.processes_being_spawned),
      minProcesses: decimal(texts["options/min_processes"]),
      maxProcesses: decimal(texts["options/max_processes"]),
      lifeStatus: line(texts.life_status, 40),
      processes: processes.flatMap(processOf),
    },
  ];
}

function processOf(texts: Texts): ProcessReading[] {
  const pid = decimal(texts.pid);
  if (pid === null) return [];
  return [
    {
      pid,
      sessions: decimal(texts.sessions),
      concurrency: decimal(texts.concurrency),
      busyness: decimal(texts.busyness),
      processed: decimal(texts.processed),
      cpuPercent: decimal(texts.cpu),
      realMemoryKb: decimal(texts.real_memory),
      spawnedAtS: microseconds(texts.spawn_end_time),
      lastUsedAtS: microseconds(texts.last_used),
      uptimeS: parseUptime(texts.uptime),
      lifeStatus: line(texts.life_status, 40),
      enabled: line(texts.enabled, 40),
    },
  ];
}

function microseconds(text: string | undefined): number | null {
  const value = decimal(text);
  return value === null ? null : value / 1_000_000;
}

const secondsPer: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** `1d 2h 3m 4s`, as Passenger spells an uptime, to seconds; `null` when it is none. */
export function parseUptime(text: string | undefined): number | null {
  if (text === undefined || !/^\s*(\d{1,9}[dhms]\s*)+$/.test(text)) return null;
  let seconds = 0;
  for (const [, count, unit] of text.matchAll(/(\d{1,9})([dhms])/g))
    seconds += Number(count) * (secondsPer[unit ?? "s"] ?? 0);
  return seconds;
}
