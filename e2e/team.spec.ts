import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { haproxyServers } from "#e2e/lab/haproxy.ts";
import { expect, openAction, openPage, panelOf, signedOutState, test } from "#e2e/story.ts";

const dan = "dan@example.com";

/** A laptop that can keep a passkey, and asks nobody for a fingerprint. */
async function withAuthenticator(page: Page): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const key = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true } as const;
  const options = { ...key, isUserVerified: true, automaticPresenceSimulation: true };
  await devtools.send("WebAuthn.addVirtualAuthenticator", { options });
}

/** The sign-in by the passkey that was added, as somebody does whose session has ended. */
async function signInByPasskey(page: Page, address: string): Promise<void> {
  await openPage(page, `${address}/sign-in`);
  await page.getByRole("button", { name: "Use a passkey" }).click();
  await expect(page.locator("[data-verdict]")).toBeVisible();
}

async function chooseRole(page: Page, role: string, group: string): Promise<void> {
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Role").selectOption(role);
  await dialog.getByLabel("Over").selectOption(group);
}

test("a team: somebody is invited, adds a passkey, sees one group, acts, stands in the audit log, and loses the role", async ({
  page,
  browser,
  story,
}) => {
  // Passkeys need a name; this one means the same machine.
  const address = story.address.replace("127.0.0.1", "localhost");
  const theirs = await browser.newContext({ storageState: signedOutState });
  const dansPage = await theirs.newPage();
  await withAuthenticator(dansPage);

  const link = await test.step("an administrator invites him with a role over one group", async () => {
    await openPage(page, "/settings/people");
    await page.getByRole("button", { name: "Invite …" }).click();
    await page.getByRole("dialog").getByLabel("Address").fill(dan);
    await chooseRole(page, "responder", "Edge");
    await page.getByRole("button", { name: "Make the link" }).click();
    const told = page.getByRole("dialog", { name: `A link for ${dan}` });
    const url = (await told.locator("code").innerText()).trim();
    await told.getByRole("button", { name: "Done" }).click();
    return `${address}/welcome${new URL(url).hash}`;
  });

  await test.step("he opens the link, sets a password, and adds a passkey that signs him in", async () => {
    await openPage(dansPage, link);
    await expect(dansPage.getByRole("heading", { name: "Welcome to Pitwall" })).toBeVisible();
    await dansPage.getByLabel("Your name").fill("Dan");
    await dansPage.getByLabel("Password").fill("slow river under ice");
    await dansPage.getByRole("button", { name: "Go in" }).click();
    await expect(dansPage.locator("[data-verdict]")).toBeVisible();
    await openPage(dansPage, `${address}/account`);
    await dansPage.getByLabel("Name of a new one").fill("Laptop");
    await dansPage.getByRole("button", { name: "Add a passkey" }).click();
    await expect(dansPage.getByRole("region", { name: "Passkeys" })).toContainText("Laptop");
    await theirs.clearCookies();
    await signInByPasskey(dansPage, address);
  });

  await test.step("he sees the one group, and nothing else is there for him", async () => {
    await expect(panelOf(dansPage, "lb")).toBeVisible();
    const seen = (await (await dansPage.request.get(`${address}/api/v1/board`)).json()) as {
      services: { id: string }[];
    };
    expect(seen.services.map(({ id }) => id)).toEqual(["lb"]);
    await expect(panelOf(dansPage, "pg-main")).toHaveCount(0);
    expect((await dansPage.request.get(`${address}/api/v1/services/pg-main`)).status()).toBe(404);
    await openPage(dansPage, `${address}/settings/people`);
    await expect(dansPage).toHaveURL(/\/not-allowed/);
  });

  await test.step("he acts on what is his: a server is drained, and brought back", async () => {
    await openPage(dansPage, address);
    const dialog = dansPage.getByRole("dialog");
    await panelOf(dansPage, "lb").getByRole("button", { name: "Drain a server …" }).click();
    await dialog.getByRole("radio", { name: /^web-01 in learn/ }).check();
    await dialog.getByRole("button", { name: "Check and plan" }).click();
    await dialog.getByRole("button", { name: "Drain web-01 in learn" }).click();
    await expect(dialog.locator("[data-run-state=succeeded]")).toBeVisible({ timeout: 180_000 });
    expect((await haproxyServers(story.lab))["learn/web-01"]).toMatch(/^DRAIN/);
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await openAction(dansPage, "Bring a server back");
    await dialog.getByRole("radio", { name: /^web-01 in learn/ }).check();
    await dialog.getByRole("button", { name: "Bring a server back" }).click();
    await expect(dialog.locator("[data-run-state=succeeded]")).toBeVisible({ timeout: 180_000 });
    await expect.poll(async () => (await haproxyServers(story.lab))["learn/web-01"]).toMatch(/^UP/);
  });

  await test.step("the audit log says who did what to what, and from where; filtered, and as a file", async () => {
    await openPage(page, "/settings/audit");
    const filter = page.getByRole("form", { name: "Filter" });
    await filter.getByLabel("Who").fill(dan);
    await filter.getByLabel("Command").selectOption("confirm-run");
    await filter.getByRole("button", { name: "Filter" }).click();
    await expect(page).toHaveURL(/actor=dan/);
    const row = page.getByRole("listitem").filter({ hasText: "confirm-run" });
    await expect(row).toHaveCount(1);
    await expect(row).toContainText(dan);
    await row.locator("summary").click();
    for (const words of ["127.0.0.1", "passkey", "responder"]) await expect(row).toContainText(words);
    await expect(row.getByRole("link", { name: "lb" })).toBeVisible();
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export CSV" }).click();
    const lines = readFileSync(await (await download).path(), "utf8")
      .trim()
      .split(/\r?\n/);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toContain(`${dan},`);
    await page.getByRole("link", { name: "Clear" }).click();
    await expect(page.getByRole("listitem").filter({ hasText: "export-audit" }).first()).toContainText(
      "ann@example.com",
    );
  });

  await test.step("the role is taken away: he is signed out at once, and then the button says why", async () => {
    await openPage(page, "/settings/people");
    await page.getByRole("button", { name: `What to do about ${dan}` }).click();
    await page.getByRole("menuitem", { name: "Roles …" }).click();
    await chooseRole(page, "viewer", "Edge");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    expect((await dansPage.request.get(`${address}/api/v1/board`)).status()).toBe(401);
    // His page leaves by itself a moment later: whoever leads it elsewhere meanwhile meets it on its way.
    await expect(dansPage).toHaveURL(/\/sign-in/);
    await signInByPasskey(dansPage, address);
    await panelOf(dansPage, "lb").getByRole("button", { name: "Actions" }).click();
    const blocked = dansPage.getByRole("menuitem", { name: /Drain a server/ });
    await expect(blocked).toBeDisabled();
    await expect(blocked).toContainText("needs the role responder over “Edge”");
  });

  await test.step("and his account is closed", async () => {
    await page.getByRole("button", { name: `What to do about ${dan}` }).click();
    await page.getByRole("menuitem", { name: "Close the account" }).click();
    await expect.poll(async () => (await dansPage.request.get(`${address}/api/v1/board`)).status()).toBe(401);
  });
  await theirs.close();
});
