import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { packageFile, root } from "#lib/cli/root.ts";
import { webEnv } from "#lib/cli/web-env.ts";
import { err, ok, type Result } from "#lib/core/result.ts";

/** What the web is built from. Tests and recordings are not part of it. */
const sources = [
  "app/**/*",
  "components/**/*",
  "lib/**/*",
  "public/**/*",
  "prisma/schema.prisma",
  "instrumentation-client.ts",
  "next.config.js",
  "postcss.config.js",
  "tsconfig.json",
  "package-lock.json",
];
const notSources = /\.test\.tsx?$|\/fixtures\/|^lib\/(cli|poller|server|store\/client)\/|\.md$/;

export interface BuildOptions {
  /** Builds even when nothing changed. */
  readonly force?: boolean;
  readonly say: (line: string) => void;
}

/** Builds the web unless what lies there was built from the same sources. The error is the build's own output. */
export async function buildWeb({ force = false, say }: BuildOptions): Promise<Result<void, string>> {
  const digest = sourceDigest(root);
  const stamp = path.join(root, ".next/pitwall-sources");
  const built =
    existsSync(path.join(root, ".next/BUILD_ID")) && existsSync(stamp) && readFileSync(stamp, "utf8") === digest;
  if (built && !force) return ok(undefined);
  say("Building the web …");
  const output = await nextBuild();
  if (output !== undefined) return err(`the web could not be built:\n${output}`);
  writeFileSync(stamp, digest);
  return ok(undefined);
}

/** Tells one state of the web's sources from another, by content: dates mean nothing after a checkout. */
export function sourceDigest(folder: string): string {
  const hash = createHash("sha256").update(process.version);
  const files = globSync(sources, { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => !notSources.test(file));
  for (const file of files.sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(folder, file)))
      .update("\0");
  return hash.digest("hex");
}

/** Resolves with the output when the build failed, and with nothing when it went well. */
function nextBuild(): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [packageFile("next/dist/bin/next"), "build"], {
      cwd: root,
      env: webEnv(process.env, {}),
      stdio: ["ignore", "pipe", "pipe"],
    });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.once("error", reject);
    child.once("close", (code) => resolve(code === 0 ? undefined : Buffer.concat(chunks).toString("utf8")));
  });
}
