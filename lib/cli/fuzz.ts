import { tmpdir } from "node:os";
import path from "node:path";
import { runFuzz } from "#e2e/fuzz/run-fuzz.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";

export interface FuzzWords {
  readonly only?: string;
  readonly inputs?: string;
  readonly seed?: string;
  readonly json?: boolean;
}

/** `pitwall fuzz`: feeds every parser of foreign bytes with broken input and says what it must not have done. */
export async function fuzz({ say, complain, signal }: Surroundings, words: FuzzWords): Promise<number> {
  const inputs = Number(words.inputs ?? 1_000_000);
  const seed = Number(words.seed ?? Date.now() % 1_000_000);
  if (!Number.isSafeInteger(inputs) || inputs < 1 || !Number.isSafeInteger(seed) || seed < 0) {
    complain("--inputs and --seed are whole numbers");
    return 2;
  }
  const folder = path.join(tmpdir(), "pitwall-fuzz");
  complain(`seed ${seed}; inputs that find something are written to ${folder}`);
  const options = { only: words.only, inputs, seed, json: words.json ?? false, folder, signal };
  return (await runFuzz({ ...options, say, tell: complain })) ? 0 : 1;
}
