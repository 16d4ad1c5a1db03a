import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setPriority } from "node:os";
import path from "node:path";
import { LabError } from "#e2e/lab/lab-error.ts";
import { installPackages, missingPackages, missingTestPackages } from "#e2e/lab/packages.ts";
import { buildWeb } from "#lib/cli/build-web.ts";
import { memoryFolder } from "#lib/cli/memory-folder.ts";
import { packageFile, root } from "#lib/cli/root.ts";
import type { Stage } from "#lib/cli/run-stages.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { playwrightCounts, playwrightFailures, tapCounts, tapFailures } from "#lib/cli/test-counts.ts";
import { formatDuration } from "#lib/core/duration.ts";

/** No single test may hang the run; the slowest ones start a whole stack of servers, and on a busy machine take four times as long. */
const testTimeoutMs = 600_000;

/** Nor may a program that cannot end, because its last test has left something open: silent for longer than any test may take. */
const silenceMs = 900_000;

/** Between the request to end, which lets it report, and the end. */
const graceMs = 60_000;

/** With what variables of its own a program runs, and how far behind others: nice(1). */
interface Manner {
  readonly own?: Readonly<Record<string, string>>;
  readonly niceness?: number;
}

type Tell = Parameters<Stage["run"]>[0];

/** What waits for servers most of its time goes on two files at once, behind what somebody would be waiting for: a browser. */
const patient = { files: 2, niceness: 5 };

/** All that must hold, longest first of what can go on side by side. Reports are written into `folder`. */
export function testStages(folder: string, { env, signal }: Surroundings): Stage[] {
  const packages = "Debian packages";
  // Some hundred programs are started; what one has compiled, the next need not.
  const memory = memoryFolder();
  const shared = {
    NEXT_TELEMETRY_DISABLED: "1",
    NODE_COMPILE_CACHE: path.join(folder, "compile-cache"),
    ...(memory === null ? {} : { TMPDIR: memory }),
  };
  const command = (tell: Tell, argv: readonly string[], { own = {}, niceness = 0 }: Manner = {}) =>
    runProgram(argv, { env: { ...env, ...shared, ...own }, niceness, signal, tell });
  const tool = (name: string, argv: readonly string[], after: readonly string[] = []): Stage => ({
    name,
    after,
    run: async (tell) => ({ passed: await command(tell, argv) }),
  });
  const node = (name: string, ...argv: string[]) => [process.execPath, packageFile(name), ...argv];
  const tests = (
    name: string,
    patterns: readonly string[],
    after: readonly string[],
    { files, niceness } = { files: 1, niceness: 0 },
  ): Stage => ({
    name,
    after,
    run: async (tell) => {
      const report = path.join(folder, `${name.replaceAll(" ", "-")}.tap`);
      const argv = [
        process.execPath,
        "--test",
        `--test-concurrency=${files}`,
        `--test-timeout=${testTimeoutMs}`,
        "--test-reporter=spec",
        "--test-reporter-destination=stdout",
        "--test-reporter=tap",
        `--test-reporter-destination=${report}`,
        ...patterns,
      ];
      const passed = await command(tell, argv, { niceness });
      const told = existsSync(report) ? readFileSync(report, "utf8") : "";
      return { passed, counts: tapCounts(told), failures: tapFailures(told) };
    },
  });
  return [
    { name: packages, run: async (tell) => ({ passed: installed(tell) }) },
    tool("format and lint", [packageFile(".bin/biome"), "ci", "--error-on-warnings", "."]),
    tool("route types", node("next/dist/bin/next", "typegen")),
    {
      name: "build",
      after: ["route types"],
      run: async (tell) => {
        const built = await buildWeb({ say: (line) => tell(`${line}\n`) });
        if (!built.ok) tell(`${built.error}\n`);
        return { passed: built.ok };
      },
    },
    tool("types", [packageFile(".bin/tsc"), "-p", "."], ["route types"]),
    tool(
      "import rules",
      node(
        "dependency-cruiser/bin/dependency-cruise.mjs",
        "--config",
        ".dependency-cruiser.js",
        "app",
        "components",
        "lib",
        "e2e",
      ),
    ),
    {
      name: "browser stories",
      after: [packages, "build"],
      run: async (tell) => {
        const report = path.join(folder, "playwright.json");
        const passed = await command(
          tell,
          node("@playwright/test/cli.js", "test", "-c", "e2e/playwright.config.ts", "--reporter=list,json"),
          { own: { PLAYWRIGHT_JSON_OUTPUT_FILE: report } },
        );
        const told = existsSync(report) ? readFileSync(report, "utf8") : "";
        return { passed, counts: playwrightCounts(told), failures: playwrightFailures(told) };
      },
    },
    tests(
      "unit and real servers",
      [
        "lib/**/*.test.ts",
        "components/**/*.test.ts",
        "app/**/*.test.ts",
        "e2e/replay/**/*.test.ts",
        "e2e/fuzz/**/*.test.ts",
        "e2e/bench/**/*.test.ts",
      ],
      [packages],
      patient,
    ),
    tests("doors", ["e2e/doors/**/*.test.ts"], [packages, "build"]),
    tests("moves", ["e2e/drill/**/*.test.ts"], [packages]),
    tests("lab", ["e2e/lab/**/*.test.ts"], [packages]),
  ];
}

function installed(tell: Tell): boolean {
  try {
    installPackages({ say: (line) => tell(`${line}\n`), missing: [...missingPackages(), ...missingTestPackages()] });
    return true;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    tell(`${error.message}\n`);
    return false;
  }
}

/** Runs a program and passes on what it says; `true` when it ended with 0. */
function runProgram(
  argv: readonly string[],
  { env, niceness, signal, tell }: Pick<Surroundings, "env" | "signal"> & { niceness: number; readonly tell: Tell },
): Promise<boolean> {
  return new Promise((resolve) => {
    const [command = "", ...args] = argv;
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    if (child.pid !== undefined && niceness > 0) setPriority(child.pid, niceness);
    let surely: NodeJS.Timeout | undefined;
    // Both kinds of tests report what they have when they are interrupted, and not when they are terminated.
    const stop = () => {
      child.kill("SIGINT");
      surely ??= setTimeout(() => child.kill("SIGKILL"), graceMs);
    };
    signal.addEventListener("abort", stop, { once: true });
    const limit = setTimeout(() => {
      tell(`${argv.join(" ")} said nothing for ${formatDuration(silenceMs)} and did not end\n`);
      stop();
    }, silenceMs);
    const hear = (text: string) => {
      limit.refresh();
      tell(text);
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", hear);
    const end = (passed: boolean) => {
      clearTimeout(limit);
      clearTimeout(surely);
      signal.removeEventListener("abort", stop);
      resolve(passed);
    };
    child.once("error", (error) => {
      tell(`${command} cannot be started: ${error.message}\n`);
      end(false);
    });
    child.once("close", (code) => end(code === 0));
  });
}
