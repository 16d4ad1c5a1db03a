import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { ownStart } from "#e2e/own-start.ts";
import { startOpenIdProvider } from "#e2e/servers/openid-provider.ts";
import { freePort } from "#e2e/start-stack.ts";
import { expect, listening, openPage, signedOutState, test } from "#e2e/story.ts";
import { withAuthenticator } from "#e2e/virtual-authenticator.ts";

test.use({ storageState: signedOutState });

const secret = "the secret of the client, which nobody guesses";
const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, "..");

async function nameOneself(page: Page, name: string): Promise<void> {
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Let me in" }).click();
}

test("a team signs in by its provider, gets its roles, proves it is them, signs out, and goes on when the provider is down", async ({
  page,
  browser,
}) => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), "pitwall-provider-"));
  const port = await freePort();
  // A passkey needs a name; this one means the same machine.
  const address = `http://localhost:${port}`;
  const provider = await startOpenIdProvider({
    secret,
    tellsTime: false,
    redirectUris: [`${address}/api/auth/callback/oidc`],
    signedOutUris: [`${address}/sign-in?out`],
    logoutUri: `${address}/api/auth/oidc/back-channel-logout`,
  });
  const ann = { sub: "u-1", email: "ann@example.com", email_verified: true, name: "Ann", groups: ["ops"] };
  provider.accounts.set("ann", ann);
  provider.accounts.set("bea", { sub: "u-2", email: "bea@example.com", name: "Bea", groups: ["kitchen"] });
  writeFileSync(path.join(dataFolder, "oidc-secret"), secret, { mode: 0o600 });
  const yaml = `proxy: { trust: [127.0.0.1] }
access:
  proxyHeader: { user: X-Forwarded-User, groups: X-Groups, roles: { data: responder }, signOut: /sign-in?out }
  oidc:
    name: Company SSO
    issuer: ${provider.issuer}
    clientId: ${provider.clientId}
    clientSecret: file:oidc-secret
    roles: { ops: admin }
`;
  const own = await ownStart(dataFolder, { yaml, port });
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  try {
    await test.step("whoever has no role is told why, and which groups were seen", async () => {
      const button = page.getByRole("button", { name: "Sign in with Company SSO" });
      // The web answers before the poller has applied what pitwall.yaml says.
      await expect(async () => {
        await openPage(page, `${address}/sign-in?to=/runs`);
        await expect(button).toBeVisible({ timeout: 1_000 });
      }).toPass();
      await button.click();
      await nameOneself(page, "bea");
      await expect(page.getByRole("main").getByRole("alert").first()).toContainText("kitchen");
      await expect(page.getByText("Company SSO knows you as bea@example.com")).toBeVisible();
      await page.context().clearCookies();
    });

    await test.step("a group of the provider's opens the board", async () => {
      await openPage(page, `${address}/sign-in?to=/runs`);
      await page.getByRole("button", { name: "Sign in with Company SSO" }).click();
      await nameOneself(page, "ann");
      await expect(page).toHaveURL(`${address}/runs`);
      await listening(page);
      await page.getByRole("button", { name: "Signed in as Ann, admin" }).click();
      await page.getByRole("menuitem", { name: "Account" }).click();
      await expect(page.getByRole("region", { name: "Signed in by others" })).toContainText("Company SSO");
      await expect(page.getByRole("region", { name: "Where you are signed in" })).toContainText("by the provider");
    });

    await test.step("a fresh proof is asked for there, in a window of its own, and what was begun goes on", async () => {
      await withAuthenticator(page);
      const passkeys = page.getByRole("region", { name: "Passkeys" });
      await passkeys.getByLabel("Name of a new one").fill("Laptop");
      await passkeys.getByRole("button", { name: "Add a passkey" }).click();
      const dialog = page.getByRole("dialog", { name: "Is it still you?" });
      const opening = page.context().waitForEvent("page");
      await dialog.getByRole("link", { name: "Prove it with Company SSO" }).click();
      const popup = await opening;
      await nameOneself(popup, "ann");
      await expect(dialog).toBeHidden();
      await expect(passkeys).toContainText("Laptop");
      if (!popup.isClosed()) await popup.close();
    });

    await test.step("signing out signs out there as well", async () => {
      await page.getByRole("button", { name: "Sign out", exact: true }).first().click();
      await page.getByRole("button", { name: "Yes, sign me out" }).click();
      await expect(page.getByText("You are signed out.")).toBeVisible();
      await page.getByRole("button", { name: "Sign in with Company SSO" }).click();
      await expect(page.getByLabel("Name")).toBeVisible();
    });

    await test.step("while the provider is down the page says so, and a link of the command line lets in", async () => {
      provider.broken = (_, answer) => answer.destroy();
      const env = { ...process.env, PITWALL_DATA: dataFolder, PITWALL_CONFIG: path.join(dataFolder, "pitwall.yaml") };
      const user = ["lib/cli/main.ts", "user", "add", "cleo@example.com", "--role", "admin"];
      const { stdout } = await run(process.execPath, user, { cwd: root, env });
      await openPage(page, `${address}/sign-in`);
      await page.getByRole("button", { name: "Sign in with Company SSO" }).click();
      await expect(page.getByRole("main").getByRole("alert").first()).toContainText("does not answer");
      await openPage(page, `${address}/welcome${/#\S+/.exec(stdout)?.[0] ?? ""}`);
      await page.getByLabel("Password").fill("quiet harbour at night");
      await page.getByRole("button", { name: "Go in" }).click();
      await expect(page.locator("[data-verdict]")).toBeVisible();
      await expect(page.getByText("Somebody at the machine itself made an account").first()).toBeVisible();
    });
    await test.step("what a trusted proxy says of who asks opens the board without a question", async () => {
      const headers = { "X-Forwarded-User": "dora@example.com", "X-Groups": "data" };
      const behind = await browser.newContext({ storageState: signedOutState, extraHTTPHeaders: headers });
      const theirs = await behind.newPage();
      await openPage(theirs, `${address}/runs`);
      await expect(theirs).toHaveURL(`${address}/runs`);
      await theirs.getByRole("button", { name: "Signed in as dora, responder" }).click();
      await theirs.getByRole("menuitem", { name: "Sign out" }).click();
      await expect(theirs.getByText("You are signed out.")).toBeVisible();
      await theirs.getByRole("button", { name: "Go on as dora@example.com" }).click();
      await expect(theirs.locator("[data-verdict]")).toBeVisible();
      // The open board would notice and go to the sign-in page by itself, in the midst of the next step.
      await theirs.goto("about:blank");
      await behind.setExtraHTTPHeaders({});
      await openPage(theirs, `${address}/runs`);
      await expect(theirs.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
      await behind.close();
    });
    expect(errors).toEqual([]);
  } finally {
    await own.stop();
    await provider.stop();
    rmSync(dataFolder, { recursive: true, force: true });
  }
});
