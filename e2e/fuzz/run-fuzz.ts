import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type FuzzFinding, type FuzzOutcome, fuzzBounds } from "#e2e/fuzz/target.ts";
import { fuzzTargets } from "#e2e/fuzz/targets.ts";
import { formatBytes } from "#lib/core/unit.ts";

export interface FuzzOptions {
  /** Only the targets whose name has this in it. */
  readonly only: string | undefined;
  readonly inputs: number;
  readonly seed: number;
  readonly json: boolean;
  /** Where inputs that found something are written. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** A line of the answer. */
  readonly say: (line: string) => void;
  /** A line about the answer. */
  readonly tell: (line: string) => void;
}

/** Drives each target in a process of its own, one after the other. `false` when one did what it must not. */
export async function runFuzz(options: FuzzOptions): Promise<boolean> {
  const { only, json, say, tell, signal } = options;
  const targets = fuzzTargets.filter(({ name }) => only === undefined || name.includes(only));
  if (targets.length === 0) {
    tell(`no target has "${only}" in its name; there are ${fuzzTargets.map(({ name }) => name).join(", ")}`);
    return false;
  }
  const outcomes: (Omit<FuzzOutcome, "findings"> & { readonly findings: readonly string[] })[] = [];
  for (const { name } of targets) {
    if (signal.aborted) break;
    const outcome = await driveTarget(name, options);
    const files = writeFindings(outcome, options.folder);
    outcomes.push({ ...outcome, findings: files });
    if (!json) for (const line of linesOf(outcome, files)) say(line);
  }
  if (json) say(JSON.stringify(outcomes, null, 2));
  return !signal.aborted && outcomes.every(({ findings }) => findings.length === 0);
}

const flags = ["--expose-gc", "--stack-trace-limit=30"];

function driveTarget(name: string, { inputs, seed, signal }: FuzzOptions): Promise<FuzzOutcome> {
  return new Promise((resolve) => {
    const startedAt = performance.now();
    const file = path.join(import.meta.dirname, "fuzz-child.ts");
    const child = spawn(process.execPath, [...flags, file, name, String(inputs), String(seed)], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const stop = () => child.kill("SIGKILL");
    signal.addEventListener("abort", stop, { once: true });
    let [out, complaint] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-4_000)));
    child.once("close", (code, by) => {
      signal.removeEventListener("abort", stop);
      const told = out.trim() === "" ? {} : (JSON.parse(out.trim().split("\n").at(-1) ?? "{}") as Told);
      const nothing = { target: name, inputs, seed, slowestMs: 0, grewBytes: 0, corpus: null };
      if (told.outcome !== undefined) resolve({ ...told.outcome, findings: told.outcome.findings.map(unpacked) });
      else {
        const finding = endedBy(told, `ended with ${code ?? by}: ${complaint}`);
        const begun = (told.hung ?? told.bomb)?.begun ?? 0;
        resolve({ ...nothing, inputs: begun, tookMs: performance.now() - startedAt, findings: [finding] });
      }
    });
  });
}

type PackedFinding = Omit<FuzzFinding, "input"> & { readonly input: string };
interface Told {
  readonly outcome?: Omit<FuzzOutcome, "findings"> & { readonly findings: readonly PackedFinding[] };
  readonly hung?: Ended;
  readonly bomb?: Ended;
}

/** Which input it was, and how many were begun. */
interface Ended {
  readonly input: string;
  readonly begun: number;
}

/** What ended a process that has no outcome to tell. */
function endedBy({ hung, bomb }: Told, otherwise: string): FuzzFinding {
  if (hung !== undefined)
    return { kind: "hung", what: "an input never ended", input: Buffer.from(hung.input, "base64") };
  if (bomb !== undefined)
    return { kind: "memory", what: "it took all memory", input: Buffer.from(bomb.input, "base64") };
  return { kind: "memory", what: otherwise, input: Buffer.alloc(0) };
}

function unpacked(finding: PackedFinding): FuzzFinding {
  return { ...finding, input: Buffer.from(finding.input, "base64") };
}

function writeFindings({ target, seed, findings }: FuzzOutcome, folder: string): string[] {
  if (findings.length > 0) mkdirSync(folder, { recursive: true });
  return findings.map(({ kind, input }, index) => {
    const file = path.join(folder, `${target}-${kind}-${seed}-${index}.bin`);
    writeFileSync(file, input);
    return file;
  });
}

function linesOf(outcome: FuzzOutcome, files: readonly string[]): string[] {
  const { target, inputs, tookMs, slowestMs, grewBytes, corpus, findings } = outcome;
  const rate = Math.round(inputs / (tookMs / 1_000));
  const guided = corpus === null ? "" : `, ${corpus} inputs kept for new code`;
  const verdict = findings.length === 0 ? "ok    " : "FOUND ";
  return [
    `${verdict} ${target.padEnd(20)} ${inputs} inputs in ${Math.round(tookMs / 1_000)} s (${rate}/s), slowest ${slowestMs.toFixed(1)} ms (limit ${fuzzBounds.inputMs}), kept ${formatBytes(Math.max(0, grewBytes))} (limit ${formatBytes(fuzzBounds.grewBytes)})${guided}`,
    ...findings.flatMap(({ kind, what }, index) => [`  ${kind}: ${what}`, `  input: ${files[index]}`]),
  ];
}
