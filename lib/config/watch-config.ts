import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { PitwallConfig } from "#lib/config/model.ts";
import type { ConfigProblem } from "#lib/config/problem.ts";
import { readConfig } from "#lib/config/read-config.ts";
import type { Result } from "#lib/core/result.ts";

export interface WatchOptions {
  /** Told once per change of the text: the new good configuration, or why the old one must stay. */
  readonly onChange: (result: Result<PitwallConfig, ConfigProblem[]>) => void;
  readonly signal: AbortSignal;
  /** Digest of the text that is applied already; without it the text at the first look counts as applied. */
  readonly digest?: string;
  /** Time between two looks, and for how long a file must stay the same before it is read. */
  readonly everyMs?: number;
  readonly read?: (file: string) => Result<PitwallConfig, ConfigProblem[]>;
}

/**
 * Watches pitwall.yaml until the signal aborts; resolves then. It looks instead of asking the kernel for events, because
 * those miss a file that is replaced by rename, behind a symbolic link (Kubernetes) or on a network drive.
 */
export async function watchConfig(file: string, options: WatchOptions): Promise<void> {
  const { onChange, read = (name) => readConfig(name) } = options;
  await watchText(file, options, () => onChange(read(file)));
}

/** The same for whoever reads the file in another way; `onChange` is told that it changed, and no more. */
export async function watchText(
  file: string,
  { signal, digest, everyMs = 500 }: Pick<WatchOptions, "signal" | "digest" | "everyMs">,
  onChange: () => void,
): Promise<void> {
  const look = digestReader(file);
  let seen = digest ?? (await look());
  let settling: string | undefined;
  while (!signal.aborted) {
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (signal.aborted) return;
    const now = await look();
    if (now === seen) settling = undefined;
    // A change counts when two looks agree on it, so that a half-written file is not judged.
    else if (now !== settling) settling = now;
    else {
      seen = now;
      settling = undefined;
      onChange();
    }
  }
}

/** Of a file that stands as it stood, by its node, size and times; one just written may be written again within the same tick. */
function digestReader(file: string): () => Promise<string> {
  let known: { readonly stamp: string; readonly digest: string } | null = null;
  return async () => {
    const found = await stat(file, { bigint: true }).catch(() => null);
    if (found === null) return await digestOf(file);
    const stamp = [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(" ");
    if (known?.stamp === stamp) return known.digest;
    const digest = await digestOf(file);
    known = Date.now() - Number(found.ctimeMs) > settledMs ? { stamp, digest } : null;
    return digest;
  };
}

/** File systems tell times in steps of up to two seconds. */
const settledMs = 3_000;

/** Same digest as `PitwallConfig.digest`; a word that is no digest when the file cannot be read or is over its bound. */
async function digestOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > 1_048_576) return `too large: ${size}`;
    const text = (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
    return createHash("sha256").update(text).digest("hex");
  } catch (error) {
    return `unreadable: ${(error as NodeJS.ErrnoException).code}`;
  }
}
