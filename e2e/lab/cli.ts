import { parseArgs } from "node:util";
import { activeFaults, breakLab, faultNamed, faultNames, healLab, listFaults } from "#e2e/lab/faults.ts";
import { defaultFolder, labStatus, readLab, startLab, stopLab } from "#e2e/lab/lab.ts";
import { LabError } from "#e2e/lab/lab-error.ts";
import { type Lab, ports } from "#e2e/lab/layout.ts";
import { installPackages, missingPackages } from "#e2e/lab/packages.ts";
import { mountStore } from "#e2e/lab/store.ts";

const usage = `A real web stack on loopback, to watch and to break.

  npm run lab -- up [--net 77] [--fresh] [--no-load] [--store <megabytes>]
  npm run lab -- down [--wipe]
  npm run lab -- status [--json]
  npm run lab -- break <fault>
  npm run lab -- heal <fault> | all
  npm run lab -- packages            install the Debian packages that it needs

  --folder <path>   where it lies: PITWALL_LAB, else /var/lib/pitwall-lab for root and ~/.pitwall-lab for others

Faults:
${listFaults()}
`;

const options = {
  folder: { type: "string" },
  net: { type: "string", default: "77" },
  fresh: { type: "boolean", default: false },
  "no-load": { type: "boolean", default: false },
  store: { type: "string" },
  wipe: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

const say = (line: string) => process.stdout.write(`${line}\n`);

/** Runs one command of the lab; the result is the exit code: 0 done, 1 not, 2 not understood. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const [command, name, ...rest] = positionals;
    if (values.help || command === undefined || rest.length > 0) {
      say(usage);
      return values.help ? 0 : 2;
    }
    const folder = values.folder ?? defaultFolder();
    switch (command) {
      case "up":
        return await up(folder, values);
      case "down":
        return await down(folder, values.wipe);
      case "status":
        return await status(folder, values.json);
      case "break":
        return await breakOne(folder, name);
      case "heal":
        return await heal(folder, name);
      case "packages":
        say(installPackages({ say }).length === 0 ? "Nothing is missing." : "Installed.");
        return 0;
      default:
        process.stderr.write(`There is no command "${command}".\n\n${usage}`);
        return 2;
    }
  } catch (error) {
    const wrongOption = (error as NodeJS.ErrnoException).code?.startsWith("ERR_PARSE_ARGS");
    if (!(error instanceof LabError) && !wrongOption) throw error;
    process.stderr.write(`lab: ${(error as Error).message}\n`);
    return wrongOption ? 2 : 1;
  }
}

interface UpValues {
  readonly net: string;
  readonly fresh: boolean;
  readonly "no-load": boolean;
  readonly store?: string | undefined;
}

async function up(folder: string, values: UpValues): Promise<number> {
  const missing = missingPackages();
  if (missing.length > 0)
    throw new LabError(`${missing.join(", ")} not installed; \`npm run lab -- packages\` installs what is missing`);
  if (values.fresh) await stopLab(folder, { wipe: true });
  const before = await labStatus(folder);
  const runs = before.processes.length > 0 && before.processes.every(({ pid, optional }) => pid !== null || optional);
  if (before.lab && runs && before.lab.net === Number(values.net)) {
    say(`The lab in ${folder} runs already.`);
    return 0;
  }
  const began = Date.now();
  const lab = await startLab({ folder, net: Number(values.net), load: !values["no-load"] });
  if (values.store !== undefined)
    say(`A store of ${values.store} MB: PITWALL_DATA=${mountStore(lab.folder, megabytes(values.store))}`);
  say(`The lab is up after ${((Date.now() - began) / 1_000).toFixed(1)} s.`);
  say(`  web         http://${lab.addresses.lb}:${ports.front}/`);
  say(`  stats       http://${lab.addresses.lb}:${ports.stats}/stats  (admin, password in ${lab.paths.statsPassword})`);
  say(`  ssh         ssh -F ${lab.paths.sshConfig} web-01`);
  say(`  postgres    ${lab.addresses["pg-a"]}:${ports.postgres}  (pitwall, password in ${lab.paths.pgPassword})`);
  say(`  pitwall     ${lab.paths.config}`);
  return 0;
}

function megabytes(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new LabError(`--store wants a whole number of megabytes, not "${text}"`);
  return number;
}

async function down(folder: string, wipe: boolean): Promise<number> {
  const known = readLab(folder) !== null;
  await stopLab(folder, { wipe });
  say(
    known ? `The lab in ${folder} is down${wipe ? " and its files are gone" : ""}.` : `There is no lab in ${folder}.`,
  );
  return 0;
}

async function status(folder: string, json: boolean): Promise<number> {
  const now = await labStatus(folder);
  const complete = now.lab !== null && now.processes.every(({ pid, optional }) => pid !== null || optional);
  const broken = now.lab && now.processes.some(({ pid }) => pid !== null) ? await activeFaults(now.lab) : [];
  if (json) {
    say(
      JSON.stringify(
        { folder, net: now.lab?.net ?? null, processes: now.processes, haproxy: now.haproxy, faults: broken },
        null,
        2,
      ),
    );
  } else if (now.lab === null) {
    say(`There is no lab in ${folder}.`);
  } else {
    for (const { name, address, pid } of now.processes)
      say(`${name.padEnd(18)} ${address.padEnd(20)} ${pid === null ? "-" : `pid ${pid}`}`);
    for (const [server, word] of Object.entries(now.haproxy)) say(`${server.padEnd(39)} ${word}`);
    say(broken.length === 0 ? "No fault is on." : `Broken: ${broken.join(", ")}`);
  }
  return complete ? 0 : 1;
}

async function breakOne(folder: string, name: string | undefined): Promise<number> {
  const fault = faultNamed(name ?? "");
  const lab = await runningLab(folder);
  say(`${await breakLab(lab, fault)}. Undo: npm run lab -- heal ${fault}`);
  return 0;
}

async function heal(folder: string, name: string | undefined): Promise<number> {
  const wanted = name === "all" ? faultNames : [faultNamed(name ?? "")];
  const lab = await runningLab(folder);
  for (const fault of name === "all" ? await activeFaults(lab) : wanted) say(`${await healLab(lab, fault)}.`);
  return 0;
}

async function runningLab(folder: string): Promise<Lab> {
  const { lab, processes } = await labStatus(folder);
  if (lab && processes.some(({ pid }) => pid !== null)) return lab;
  throw new LabError(`no lab runs in ${folder}; \`npm run lab -- up\` starts one`);
}

if (import.meta.main) {
  // A reader that has seen enough, such as `head`, closes the pipe.
  process.stdout.on("error", () => process.exit());
  process.exitCode = await main(process.argv.slice(2));
}
