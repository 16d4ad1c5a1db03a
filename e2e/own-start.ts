import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { endProcess, freePort } from "#e2e/start-stack.ts";
import { expect } from "#e2e/story.ts";

const root = path.resolve(import.meta.dirname, "..");

export interface OwnStart {
  /** Keys of pitwall.yaml beside what it watches. */
  readonly yaml?: string;
  /** Where it is to listen; otherwise wherever is free. */
  readonly port?: number;
}

/** A Pitwall of one's own that watches itself, as `npm start` starts it, on a store that may have been used before. */
export async function ownStart(dataFolder: string, more: OwnStart = {}) {
  const port = more.port ?? (await freePort());
  const configFile = path.join(dataFolder, "pitwall.yaml");
  const url = `http://127.0.0.1:${port}/api/v1/health/live`;
  writeFileSync(
    configFile,
    `reach: { allow: [127.0.0.0/8] }\nservices:\n  - { id: self, kind: http, url: "${url}" }\n${more.yaml ?? ""}`,
  );
  const child = spawn(process.execPath, [path.join(root, "lib/cli/main.ts"), "start"], {
    cwd: root,
    env: { ...process.env, PORT: String(port), PITWALL_DATA: dataFolder, PITWALL_CONFIG: configFile },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => said.push(String(chunk)));
  const live = () => /Pitwall watches .*: (http:\S+)/.exec(said.join(""))?.[1];
  try {
    await expect.poll(live, { timeout: 120_000, message: "Pitwall says its address" }).toBeTruthy();
  } catch (error) {
    // Nobody else would end it.
    await endProcess(child);
    throw error;
  }
  return {
    address: live() ?? "",
    link: () => /http:\S+\/welcome#\S+/.exec(said.join(""))?.[0],
    stop: () => endProcess(child),
  };
}
