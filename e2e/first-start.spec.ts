import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "@playwright/test";
import { ownStart } from "#e2e/own-start.ts";
import { expect, openPage, signedOutState, test } from "#e2e/story.ts";

const password = "quiet harbour at night";

test.use({ storageState: signedOutState });

async function becomeFirst(page: Page, link: string) {
  await openPage(page, link);
  await page.getByLabel("Your address").fill("bea@example.com");
  await page.getByLabel("Your name").fill("Bea");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Go in" }).click();
  await expect(page.locator("[data-verdict]")).toBeVisible();
}

test("a new user is signed in from the first start by a link that works once, and is told how long it took", async ({
  page,
  browser,
}) => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), "pitwall-first-start-"));
  const from = Date.now();
  const first = await ownStart(dataFolder);
  try {
    await expect.poll(first.link).toBeTruthy();
    const link = first.link() ?? "";
    await openPage(page, first.address.concat("/sign-in"));
    await expect(page.getByRole("heading", { name: "Nobody has an account yet" })).toBeVisible();
    await becomeFirst(page, link);
    const tookMs = Date.now() - from;
    test.info().annotations.push({ type: "from npm start to signed in", description: `${tookMs / 1_000} s` });
    expect(page.url()).not.toContain("#");

    await test.step("the link is dead for whoever comes second", async () => {
      const stranger = await browser.newContext({ storageState: signedOutState });
      const theirs = await stranger.newPage();
      await openPage(theirs, link);
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
      await openPage(page, `${second.address}/sign-in?to=/runs`);
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
