import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { LabError } from "#e2e/lab/lab-error.ts";
import { installPackages, missingPackages } from "#e2e/lab/packages.ts";
import { buildWeb } from "#lib/cli/build-web.ts";
import { packageFile, root } from "#lib/cli/root.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { addUp, type Counts, closingLine, playwrightCounts, tapCounts } from "#lib/cli/test-counts.ts";
import { formatDuration } from "#lib/core/duration.ts";

interface Stage {
  readonly name: string;
  /** Resolves with whether it passed and, where it runs tests, with their counts. */
  readonly run: () => Promise<{ readonly passed: boolean; readonly counts?: Counts | undefined }>;
}

interface Outcome {
  readonly name: string;
  readonly passed: boolean;
  readonly tookMs: number;
  readonly counts: Counts | undefined;
}

/** No single test may hang the run; the slowest ones start a whole stack of servers. */
const testTimeoutMs = 180_000;

/** `pitwall test`: all that must hold. A stage that fails does not keep the next from running. */
export async function testAll(surroundings: Surroundings): Promise<number> {
  const { say, signal } = surroundings;
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-test-"));
  const outcomes: Outcome[] = [];
  try {
    for (const stage of stagesOf(folder, surroundings)) {
      if (signal.aborted) break;
      say(`\n── ${stage.name} ──`);
      const startedAt = performance.now();
      const { passed, counts } = await stage.run();
      outcomes.push({ name: stage.name, passed, tookMs: performance.now() - startedAt, counts });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return conclude(outcomes, surroundings);
}

function conclude(outcomes: readonly Outcome[], { say, signal }: Surroundings): number {
  say("");
  for (const { name, passed, tookMs, counts } of outcomes) {
    const tests = counts === undefined ? "" : closingLine(counts);
    say(
      `${passed ? "ok    " : "FAILED"}  ${name.padEnd(24)}  ${formatDuration(tookMs).padStart(12)}  ${tests}`.trimEnd(),
    );
  }
  // A stage without tests of its own that fails, or one that broke before it counted, is one failure more.
  const uncounted = outcomes.filter(({ passed, counts }) => !passed && (counts?.failed ?? 0) === 0).length;
  const total = addUp([
    ...outcomes.flatMap(({ counts }) => counts ?? []),
    { passed: 0, failed: uncounted, skipped: 0 },
  ]);
  if (signal.aborted) say("stopped before the end");
  say(closingLine(total));
  return total.failed === 0 && !signal.aborted ? 0 : 1;
}

function stagesOf(folder: string, surroundings: Surroundings): Stage[] {
  const { say, complain, env } = surroundings;
  const command = (argv: readonly string[], own: Readonly<Record<string, string>> = {}) =>
    runProgram(argv, { ...env, NEXT_TELEMETRY_DISABLED: "1", ...own }, surroundings);
  const tool = (name: string, ...argv: string[]): Stage => ({
    name,
    run: async () => ({ passed: await command(argv) }),
  });
  const tests = (name: string, patterns: readonly string[], concurrency: number): Stage => ({
    name,
    run: async () => {
      const report = path.join(folder, `${name.replaceAll(" ", "-")}.tap`);
      const passed = await command([
        process.execPath,
        "--test",
        `--test-concurrency=${concurrency}`,
        `--test-timeout=${testTimeoutMs}`,
        "--test-reporter=spec",
        "--test-reporter-destination=stdout",
        "--test-reporter=tap",
        `--test-reporter-destination=${report}`,
        ...patterns,
      ]);
      return { passed, counts: existsSync(report) ? tapCounts(readFileSync(report, "utf8")) : undefined };
    },
  });
  return [
    { name: "Debian packages", run: async () => ({ passed: installed(say, complain) }) },
    tool("format and lint", packageFile(".bin/biome"), "ci", "--error-on-warnings", "."),
    tool("route types", process.execPath, packageFile("next/dist/bin/next"), "typegen"),
    tool("types", packageFile(".bin/tsc"), "-p", "."),
    tool(
      "import rules",
      process.execPath,
      packageFile("dependency-cruiser/bin/dependency-cruise.mjs"),
      "--config",
      ".dependency-cruiser.js",
      "app",
      "components",
      "lib",
      "e2e",
    ),
    tests(
      "unit and real servers",
      [
        "lib/**/*.test.ts",
        "components/**/*.test.ts",
        "app/**/*.test.ts",
        "e2e/replay/**/*.test.ts",
        "e2e/fuzz/**/*.test.ts",
      ],
      2,
    ),
    tests("lab", ["e2e/lab/**/*.test.ts"], 1),
    {
      name: "build",
      run: async () => {
        const built = await buildWeb({ say });
        if (!built.ok) complain(built.error);
        return { passed: built.ok };
      },
    },
    tests("doors", ["e2e/doors/**/*.test.ts"], 1),
    {
      name: "browser stories",
      run: async () => {
        const report = path.join(folder, "playwright.json");
        const passed = await command(
          [
            process.execPath,
            packageFile("@playwright/test/cli.js"),
            "test",
            "-c",
            "e2e/playwright.config.ts",
            "--reporter=list,json",
          ],
          { PLAYWRIGHT_JSON_OUTPUT_FILE: report },
        );
        return { passed, counts: existsSync(report) ? playwrightCounts(readFileSync(report, "utf8")) : undefined };
      },
    },
  ];
}

function installed(say: (line: string) => void, complain: (line: string) => void): boolean {
  const browser = existsSync("/usr/bin/chromium") ? [] : ["chromium"];
  try {
    installPackages({ say, missing: [...missingPackages(), ...browser] });
    return true;
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    complain(error.message);
    return false;
  }
}

/** Runs a program in the foreground; `true` when it ended with 0. */
function runProgram(
  argv: readonly string[],
  env: Surroundings["env"],
  { signal, complain }: Surroundings,
): Promise<boolean> {
  return new Promise((resolve) => {
    const [command = "", ...args] = argv;
    const child = spawn(command, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] });
    const stop = () => child.kill("SIGTERM");
    signal.addEventListener("abort", stop, { once: true });
    child.once("error", (error) => {
      complain(`${command} cannot be started: ${error.message}`);
      resolve(false);
    });
    child.once("exit", (code) => {
      signal.removeEventListener("abort", stop);
      resolve(code === 0);
    });
  });
}
