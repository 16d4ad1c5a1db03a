import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "@playwright/test";
import { endProcess, freePort } from "#e2e/start-stack.ts";
import { expect, signedOutState, test } from "#e2e/story.ts";

const root = path.resolve(import.meta.dirname, "..");
const password = "quiet harbour at night";

test.use({ storageState: signedOutState });

/** A Pitwall of one's own, as `npm start` starts it, on a store that may have been used before. */
async function ownStart(dataFolder: string) {
  const port = await freePort();
  const configFile = path.join(dataFolder, "pitwall.yaml");
  const url = `http://127.0.0.1:${port}/api/v1/health/live`;
  writeFileSync(configFile, `services:\n  - { id: self, kind: http, url: "${url}" }\n`);
  const child = spawn(process.execPath, [path.join(root, "lib/cli/main.ts"), "start"], {
    cwd: root,
    env: { ...process.env, PORT: String(port), PITWALL_DATA: dataFolder, PITWALL_CONFIG: configFile },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => said.push(String(chunk)));
  const live = () => /Pitwall watches .*: (http:\S+)/.exec(said.join(""))?.[1];
  await expect.poll(live, { timeout: 60_000, message: "Pitwall says its address" }).toBeTruthy();
  return {
    address: live() ?? "",
    link: () => /http:\S+\/welcome#\S+/.exec(said.join(""))?.[0],
    stop: () => endProcess(child),
  };
}

async function becomeFirst(page: Page, link: string) {
  await page.goto(link);
  await page.getByLabel("Your address").fill("bea@example.com");
  await page.getByLabel("Your name").fill("Bea");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Go in" }).click();
  await expect(page.locator("[data-verdict]")).toBeVisible();
}

test("a new user is signed in within 30 seconds of the first start, by a link that works once", async ({
  page,
  browser,
}) => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), "pitwall-first-start-"));
  const from = Date.now();
  const first = await ownStart(dataFolder);
  try {
    await expect.poll(first.link).toBeTruthy();
    const link = first.link() ?? "";
    await page.goto(first.address.concat("/sign-in"));
    await expect(page.getByRole("heading", { name: "Nobody has an account yet" })).toBeVisible();
    await becomeFirst(page, link);
    const tookMs = Date.now() - from;
    test.info().annotations.push({ type: "from npm start to signed in", description: `${tookMs / 1_000} s` });
    expect(tookMs).toBeLessThan(30_000);
    expect(page.url()).not.toContain("#");

    await test.step("the link is dead for whoever comes second", async () => {
      const stranger = await browser.newContext({ storageState: signedOutState });
      const theirs = await stranger.newPage();
      await theirs.goto(link);
      await expect(theirs.getByRole("heading", { name: "This link does not work" })).toBeVisible();
      await stranger.close();
    });
  } finally {
    await first.stop();
  }

  const second = await ownStart(dataFolder);
  try {
    await test.step("the next start offers no link, and the password signs in", async () => {
      expect(second.link()).toBeUndefined();
      await page.context().clearCookies();
      await page.goto(`${second.address}/sign-in?to=/runs`);
      await page.getByLabel("Address").fill("bea@example.com");
      await page.getByLabel("Password").fill("quiet harbour at noon");
      await page.getByRole("button", { name: "Sign in" }).click();
      await expect(page.getByRole("main").getByRole("alert")).toContainText("The address or the password is wrong");
      await page.getByLabel("Password").fill(password);
      await page.keyboard.press("Enter");
      await expect(page).toHaveURL(/\/runs$/);
    });
  } finally {
    await second.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  }
});
