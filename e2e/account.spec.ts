import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "@playwright/test";
import { codeOf } from "#e2e/authenticator.ts";
import { ownStart } from "#e2e/own-start.ts";
import { signInAs } from "#e2e/sign-in.ts";
import { expect, listening, openPage, signedOutState, test } from "#e2e/story.ts";
import { withAuthenticator } from "#e2e/virtual-authenticator.ts";

const email = "cleo@example.com";
const password = "quiet harbour at night";

test.use({ storageState: signedOutState });

const section = (page: Page, name: string) => page.getByRole("region", { name });

/** Not the sign-in that leads there. */
const onAccount = /^[^?]*\/account$/;

async function signInByPassword(page: Page): Promise<void> {
  await page.getByLabel("Address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("a person adds a passkey and a second factor, signs in by each, and ends sessions elsewhere", async ({ page }) => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), "pitwall-account-"));
  const own = await ownStart(dataFolder);
  // A passkey needs a name; this one means the same machine.
  const address = own.address.replace("127.0.0.1", "localhost");
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  try {
    await withAuthenticator(page);
    // It says its address first, and the link a line later.
    await expect.poll(own.link).toBeTruthy();
    await openPage(page, `${address}/welcome${new URL(own.link() ?? "").hash}`);
    await page.getByLabel("Your address").fill(email);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Go in" }).click();
    await expect(page.locator("[data-verdict]")).toBeVisible();
    await page.getByRole("button", { name: /^Signed in as / }).click();
    await page.getByRole("menuitem", { name: "Account" }).click();

    await test.step("a passkey signs in without a password", async () => {
      await section(page, "Passkeys").getByLabel("Name of a new one").fill("Laptop");
      await section(page, "Passkeys").getByRole("button", { name: "Add a passkey" }).click();
      await expect(section(page, "Passkeys")).toContainText("Laptop");
      await page.getByRole("button", { name: "Sign out", exact: true }).first().click();
      await expect(page).toHaveURL(/\/sign-in$/);
      await openPage(page, `${address}/sign-in?to=/account`);
      await page.getByRole("button", { name: "Use a passkey" }).click();
      await expect(page).toHaveURL(onAccount);
      await expect(section(page, "Where you are signed in")).toContainText("by passkey");
    });

    let key = "";
    let recovery = "";
    await test.step("the second factor is set up by what the page shows", async () => {
      const factor = section(page, "Second factor");
      await factor.getByRole("button", { name: "Set up …" }).click();
      await factor.getByLabel("Your password").fill(password);
      await factor.getByRole("button", { name: "Go on" }).click();
      await expect(factor.getByRole("img", { name: "QR code of the key" })).toBeVisible();
      key = (await factor.locator("code").innerText()).trim();
      await factor.getByLabel("Code", { exact: true }).fill(codeOf(key, Date.now()));
      await factor.getByRole("button", { name: "Turn on" }).click();
      await expect(factor).toContainText("Keep these recovery codes.");
      recovery = (await factor.locator("li").first().innerText()).trim();
      await expect(factor).toContainText("together with a code");
    });

    await test.step("the password alone no longer signs in; with the code it does", async () => {
      await page.context().clearCookies();
      await openPage(page, `${address}/sign-in?to=/account`);
      await signInByPassword(page);
      await expect(page.getByRole("heading", { name: "Second factor" })).toBeVisible();
      expect((await page.context().cookies()).some(({ name }) => name.endsWith("session_token"))).toBe(false);
      await page.getByLabel("Code", { exact: true }).fill("000000");
      await page.getByRole("button", { name: "Go on" }).click();
      await expect(page.getByRole("main").getByRole("alert")).toContainText("The code is wrong");
      // Each code works once; clocks may differ by one, so the next is taken already.
      await page.getByLabel("Code", { exact: true }).fill(codeOf(key, Date.now() + 30_000));
      await page.getByRole("button", { name: "Go on" }).click();
      await expect(page).toHaveURL(onAccount);
    });

    await test.step("a recovery code signs in once", async () => {
      for (const works of [true, false]) {
        await page.context().clearCookies();
        await openPage(page, `${address}/sign-in?to=/account`);
        await signInByPassword(page);
        await page.getByRole("button", { name: "Use a recovery code" }).click();
        await page.getByLabel("Recovery code").fill(recovery);
        await page.getByRole("button", { name: "Go on" }).click();
        if (works) await expect(page).toHaveURL(onAccount);
        else await expect(page.getByRole("main").getByRole("alert")).toContainText("The code is wrong");
      }
      const asked = await signInAs(own.address, email, password);
      const board = await fetch(`${own.address}/api/v1/board`, { headers: { ...asked } });
      expect(board.status, "half a proof opens nothing").toBe(401);
    });

    await test.step("what was signed in elsewhere is signed out from here", async () => {
      await openPage(page, `${address}/sign-in?to=/account`);
      await page.getByRole("button", { name: "Use a passkey" }).click();
      await expect(page).toHaveURL(onAccount);
      await listening(page);
      const elsewhere = section(page, "Where you are signed in");
      await elsewhere.getByRole("button", { name: "Sign out everywhere else" }).click();
      await expect(elsewhere.getByRole("listitem")).toHaveCount(1);
      await expect(elsewhere).toContainText("this one");
    });
    expect(errors).toEqual([]);
  } finally {
    await own.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  }
});
