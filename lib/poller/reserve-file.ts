import { open, rm, stat } from "node:fs/promises";

/** A little room on the disk that is given up when it is full, so that states and signs of life can still be written. */
export interface ReserveFile {
  /** Makes it when it is missing; `false` when there is no room for it. */
  readonly hold: () => Promise<boolean>;
  readonly release: () => Promise<void>;
}

export const reserveBytes = 4 * 1024 * 1024;

export function createReserveFile(file: string, bytes = reserveBytes): ReserveFile {
  return {
    hold: async () => {
      if ((await sizeOf(file)) === bytes) return true;
      return await fill(file, bytes);
    },
    release: () => rm(file, { force: true }),
  };
}

async function sizeOf(file: string): Promise<number | null> {
  return await stat(file).then(
    ({ size }) => size,
    () => null,
  );
}

/** Writes real bytes: a sparse file would hold no room. */
async function fill(file: string, bytes: number): Promise<boolean> {
  try {
    await using handle = await open(file, "w", 0o600);
    const block = Buffer.alloc(65_536, 0x5a);
    for (let written = 0; written < bytes; written += block.length) {
      await handle.write(block, 0, Math.min(block.length, bytes - written));
    }
    await handle.sync();
    return true;
  } catch {
    // Whatever the reason, there is no reserve now, and half of one helps nobody.
    await rm(file, { force: true });
    return false;
  }
}
