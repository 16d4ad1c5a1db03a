import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium, type Page } from "@playwright/test";
import { type Figure, figure } from "#e2e/bench/figure.ts";
import { freePort } from "#e2e/bench/free-port.ts";
import { buildWeb } from "#lib/cli/build-web.ts";
import { root } from "#lib/cli/root.ts";

/** What the README promises a new user. */
const aimSeconds = 30;
/** Sixty words a minute, and a moment to find the next field. */
const keyMs = 200;
const findMs = 700;
const words = { address: "bea@example.com", name: "Bea", password: "quiet harbour at night" } as const;

/** How long a new user takes from `npm start` on an installed and built clone to the board, typing as people do. */
export async function figures(): Promise<Figure[]> {
  const built = await buildWeb({ say: () => undefined });
  if (!built.ok) throw new Error(built.error);
  const folder = await mkdtemp(path.join(tmpdir(), "pitwall-first-start-"));
  const bareSeconds = await bareNpm();
  const startedAt = performance.now();
  const child = await npmStart(folder);
  try {
    const link = await linkOf(child);
    const startSeconds = secondsSince(startedAt);
    const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
    try {
      const page = await browser.newPage();
      const linkAt = performance.now();
      const typedSeconds = await setUp(page, link);
      const setUpSeconds = secondsSince(linkAt);
      const typing = { name: "typing and finding fields", value: typedSeconds, unit: "s" };
      return [
        figure({
          name: "from npm start to the printed link, web built",
          value: startSeconds,
          unit: "s",
          aim: aimSeconds / 3,
          yardstick: { name: "by an npm script that does nothing", value: bareSeconds, unit: "s" },
        }),
        figure({
          name: "from the printed link to the signed-in board",
          value: setUpSeconds,
          unit: "s",
          aim: aimSeconds,
          yardstick: typing,
        }),
        figure({
          name: "from npm start to the signed-in board",
          value: startSeconds + setUpSeconds,
          unit: "s",
          aim: aimSeconds,
          yardstick: typing,
        }),
      ];
    } finally {
      await browser.close();
    }
  } finally {
    await ended(child);
    await rm(folder, { recursive: true, force: true });
  }
}

async function npmStart(folder: string): Promise<ChildProcess> {
  const configFile = path.join(folder, "pitwall.yaml");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/api/v1/health/live`;
  await writeFile(
    configFile,
    `reach: { allow: [127.0.0.1] }\nservices:\n  - { id: self, kind: http, url: "${url}" }\n`,
  );
  const env = { ...process.env, PORT: String(port), PITWALL_DATA: folder, PITWALL_CONFIG: configFile };
  // A group of its own: npm ends at a signal without passing it on.
  const child = spawn("npm", ["start"], { cwd: root, env, stdio: ["ignore", "pipe", "inherit"], detached: true });
  process.once("exit", () => end(child));
  return child;
}

/** The link of the first account, as soon as it is printed. */
async function linkOf(child: ChildProcess): Promise<string> {
  let said = "";
  child.stdout?.setEncoding("utf8");
  for (;;) {
    const [part] = (await once(child.stdout ?? child, "data")) as [string];
    said += part;
    const link = /http:\S+\/welcome#\S+/.exec(said)?.[0];
    if (link !== undefined) return link;
    if (child.exitCode !== null) throw new Error(`npm start ended: ${said}`);
  }
}

/** Opens the link and fills in what it asks for; returns how many seconds of it were a person's hands. */
async function setUp(page: Page, link: string): Promise<number> {
  let typedMs = 0;
  const type = async (label: string, text: string) => {
    typedMs += findMs + text.length * keyMs;
    await pause(findMs);
    await page.getByLabel(label, { exact: true }).pressSequentially(text, { delay: keyMs });
  };
  await page.goto(link);
  await type("Your address", words.address);
  await type("Your name", words.name);
  await type("Password", words.password);
  await page.keyboard.press("Enter");
  await page.locator("[data-verdict]").waitFor({ timeout: 120_000 });
  return typedMs / 1_000;
}

async function bareNpm(): Promise<number> {
  const from = performance.now();
  const child = spawn("npm", ["exec", "--", "node", "-e", "0"], { cwd: root, stdio: "ignore" });
  await once(child, "exit");
  return secondsSince(from);
}

/** Whether there was something to end. */
function end({ exitCode, signalCode, pid }: ChildProcess): boolean {
  return exitCode === null && signalCode === null && pid !== undefined && process.kill(-pid, "SIGTERM");
}

async function ended(child: ChildProcess): Promise<void> {
  // Its output ends with the last of the group.
  const over = once(child, "close");
  if (!end(child)) return;
  child.stdout?.resume();
  await over;
}

function secondsSince(from: number): number {
  return (performance.now() - from) / 1_000;
}
