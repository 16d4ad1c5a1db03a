import type { Bench } from "#e2e/bench/figure.ts";

// The file is named by whoever started this process, and gets the figures back.
const [file = ""] = process.argv.slice(2);
// What has to be ended by hand hears of it.
process.once("SIGTERM", () => process.exit(143));
const bench = (await import(file)) as Bench;
const figures = await bench.figures();
process.send?.(figures, undefined, undefined, () => process.exit(0));
