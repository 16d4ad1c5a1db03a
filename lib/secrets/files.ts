import { constants, type FileHandle, open } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { duration } from "#lib/integrations/fields.ts";
import { maxSecretBytes, providerKind, type ReadSecret } from "#lib/secrets/provider.ts";

const config = z.strictObject({
  folder: z
    .string()
    .min(1)
    .describe("Folder with a file per secret, as Docker, Kubernetes and systemd mount them: /run/secrets."),
  refresh: duration.prefault("5s").describe("How often a file is looked at for a change."),
});

/** A folder with a file per secret. One that everybody on the machine may read is refused. */
export const files = providerKind({
  kind: "files",
  about: "A folder with a file per secret.",
  config,
  locator: "the file's name, like pg-password",
  complaint: (_, locator) =>
    /^[A-Za-z0-9_.-]+(?:\/[A-Za-z0-9_.-]+)*$/.test(locator) && !locator.split("/").some((part) => /^\.+$/.test(part))
      ? null
      : "expected the name of a file below the folder",
  needs: () => [],
  refreshMs: ({ refresh }: z.infer<typeof config>) => refresh,
  open: ({ folder }, ways) => ({ read: (locator) => readSecretFile(path.resolve(ways.folder, folder, locator)) }),
});

/** Looks at the very file that it then reads: it cannot be exchanged in between. */
async function readSecretFile(file: string): Promise<Result<ReadSecret>> {
  let handle: FileHandle | undefined;
  try {
    // Without waiting: a pipe with nobody at its other end would hold the poller.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    const why = refusalOf(file, stat.isFile(), stat.mode, stat.size);
    if (why !== null) return err(failure("secret-missing", why));
    const value = (await handle.readFile("utf8")).replace(/\r?\n$/, "");
    return value === "" ? err(failure("secret-missing", `${file} is empty`)) : ok({ value, goodForMs: null });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === "ENOENT" || code === "ENOTDIR" ? `there is no file ${file}` : `${file} cannot be read (${code})`;
    return err(failure("secret-missing", why));
  } finally {
    await handle?.close();
  }
}

function refusalOf(file: string, isFile: boolean, mode: number, size: number): string | null {
  if (!isFile) return `${file} is not a file`;
  if ((mode & 0o007) !== 0) {
    return `${file} is open to everybody on this machine, so it is no secret; chmod 600 ${file}`;
  }
  return size > maxSecretBytes ? `${file} is over 64 kB, too large for a secret` : null;
}
