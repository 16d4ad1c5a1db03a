import { fuzzTarget } from "#e2e/fuzz/fuzz-target.ts";
import { fuzzTargets } from "#e2e/fuzz/targets.ts";
import { startWatchdog } from "#e2e/fuzz/watchdog.ts";

/** The process one target is driven in: its memory is bounded by Node's flags, its time by the watchdog. */
const [name, inputs, seed] = process.argv.slice(2);
const target = fuzzTargets.find((each) => each.name === name);
if (target === undefined) throw new Error(`there is no target ${name}`);
const watchdog = startWatchdog();
const collect = globalThis.gc;
const outcome = await fuzzTarget(target, {
  inputs: Number(inputs),
  seed: Number(seed),
  watchdog,
  guide: true,
  collect: collect === undefined ? undefined : () => void collect(),
});
await watchdog.stop();
const findings = outcome.findings.map((finding) => ({ ...finding, input: finding.input.toString("base64") }));
process.stdout.write(`${JSON.stringify({ outcome: { ...outcome, findings } })}\n`);
