import { execFile } from "node:child_process";
import { promisify } from "node:util";

/**
 * What servers look like by their own tools, for comparing before and after: all that a remedy can change, and nothing
 * that time or traffic changes by itself.
 */
export type Picture = Readonly<Record<string, string>>;

const run = promisify(execFile);

/** HAProxy's servers by `show servers state` (management.txt, 9.3): operational and admin state, weights, and its check. */
export async function haproxyPicture(ask: (command: string) => Promise<string>): Promise<Picture> {
  const rows = (await ask("show servers state")).split("\n").filter((line) => /^\d+ /.test(line));
  return Object.fromEntries(
    rows.map((line) => {
      const at = line.split(" ");
      // The lowest bit of the check's state says that one is under way, which is chance.
      const check = Number(at[13]) & ~1;
      return [`${at[1]}/${at[3]}`, `op ${at[5]} admin ${at[6]} weight ${at[7]} of ${at[8]} check ${check}`];
    }),
  );
}

/** Passenger's pool by `passenger-status`: each app's group, which a restart makes anew, and its processes. */
export async function passengerPicture(registryDir: string): Promise<Picture> {
  const env = { ...process.env, LC_ALL: "C", PASSENGER_INSTANCE_REGISTRY_DIR: registryDir };
  const told = await run("passenger-status", ["--show=xml"], { env, timeout: 20_000 }).then(
    ({ stdout }) => stdout,
    (error: { stdout?: string; stderr?: string }) => {
      if (/doesn't seem to be running/.test(`${error.stdout}${error.stderr}`)) return null;
      throw error;
    },
  );
  if (told === null) return { passenger: "not running" };
  const groups = told.split(/<group default="/).slice(1);
  return Object.fromEntries(groups.map((group) => [word(group, "name"), groupWords(group)]));
}

function groupWords(group: string): string {
  const processes = group
    .split("<process>")
    .slice(1)
    .map((process) => `${word(process, "pid")} ${word(process, "enabled")} ${word(process, "life_status")}`);
  return `${word(group, "uuid")} ${word(group, "life_status")}: ${processes.sort().join(", ")}`;
}

/** Text of the first element of this name. A pool that cannot be read must not look like one that did not change. */
function word(xml: string, name: string): string {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  if (text === undefined) throw new Error(`passenger-status tells no ${name}`);
  return text.replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}
