import type { Page } from "@playwright/test";
import { browserCookies, signInAs, storyteller } from "#e2e/sign-in.ts";
import { expect, openPage, signedOutState, test } from "#e2e/story.ts";

test.use({ storageState: signedOutState });

async function onTheBoard(page: Page): Promise<void> {
  await openPage(page, "/");
  await expect(page.locator("[data-live=true]")).toBeVisible();
}

test("signing out leads every tab away at once, and a session that is ended elsewhere leads its tab away by itself", async ({
  page,
  context,
  browser,
  story,
}) => {
  const signedIn = async () => {
    const session = await signInAs(story.address, storyteller.email, storyteller.password);
    return browserCookies(session).map((cookie) => ({ ...cookie, url: story.address }));
  };
  await test.step("every tab of this browser", async () => {
    await context.addCookies(await signedIn());
    const other = await context.newPage();
    const account = await context.newPage();
    await onTheBoard(page);
    await onTheBoard(other);
    await openPage(account, "/account");
    await expect(account.getByRole("heading", { level: 1 })).toBeVisible();
    const answered = page.waitForResponse((response) => response.url().endsWith("/api/auth/sign-out"));
    await page.getByRole("button", { name: /^Signed in as / }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    expect((await (await answered).allHeaders())["clear-site-data"]).toContain('"storage"');
    await expect(page).toHaveURL(/\/sign-in$/);
    // These two may learn of it by the end of their stream first, and then remember where they were.
    for (const tab of [other, account]) await expect(tab).toHaveURL(/\/sign-in(\?to=.*)?$/);
    await other.goBack();
    await expect(other.locator("[data-verdict]")).toHaveCount(0);
  });
  await test.step("a session that is ended from elsewhere", async () => {
    const theirs = await browser.newContext({ storageState: signedOutState });
    await theirs.addCookies(await signedIn());
    const tab = await theirs.newPage();
    await onTheBoard(tab);
    const ended = await fetch(`${story.address}/api/v1/account/sessions/end-others`, {
      method: "POST",
      headers: { ...story.session, "content-type": "application/json" },
      body: "{}",
    });
    expect(ended.status).toBe(200);
    await expect(tab).toHaveURL(/\/sign-in/);
    await theirs.close();
  });
});
