import type { Page } from "@playwright/test";
import { haproxyServers } from "#e2e/lab/haproxy.ts";
import { expect, openPage, panelOf, test } from "#e2e/story.ts";

/** The step that is due; there is one. */
const here = (page: Page) => page.locator('[data-step][data-place="here"]');

test("every server out of rotation: the runbook names the dependency, holds, waits until it is healed, releases and records", async ({
  page,
  story,
  browser,
}) => {
  await story.break("search");
  await openPage(page, "/");
  await panelOf(page, "lb")
    .getByRole("link", { name: /^Runbook: Every server out of rotation/ })
    .click();
  await test.step("read without following: the cause is Search, and a restart is on no way that is open", async () => {
    await expect(page.getByRole("heading", { name: "Every server out of rotation" })).toBeVisible();
    await expect(page.locator('[data-step="1"] [data-answer]').first()).toHaveText("yes");
    await expect(page.locator('[data-step="1"]').first()).toContainText("Search does not answer");
    await expect(here(page)).toHaveCount(1);
    await expect(here(page)).toContainText("Hold servers in rotation");
    await expect(page.getByRole("button", { name: /^Restart/ })).toHaveCount(0);
  });
  await test.step("holding is the usual plan, filled in with the backend", async () => {
    await here(page).getByRole("button", { name: "Hold servers in rotation …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: /^Why/ }).fill("all checks fail because of Search");
    await dialog.getByRole("textbox", { name: /^Type/ }).fill("Load balancer");
    await dialog.getByRole("button", { name: /^Hold the servers of learn/ }).click();
    await expect(dialog.locator("[data-run-state=succeeded]")).toBeVisible({ timeout: 180_000 });
    expect((await haproxyServers(story.lab))["learn/web-01"]).toMatch(/^(no check|UP)/i);
    await dialog.getByRole("button", { name: "Close" }).last().click();
  });
  await expect(here(page)).toContainText("Heal Search");
  await test.step("a second person sees the same, and a reload keeps it", async () => {
    await page.reload();
    const other = await (await browser.newContext({ storageState: await page.context().storageState() })).newPage();
    await openPage(other, page.url());
    await expect(here(other)).toContainText("Heal Search");
    await here(page).getByRole("textbox", { name: "Note" }).fill("its node was stuck");
    await here(page).getByRole("button", { name: "Done" }).click();
    await expect(other.locator("#runbook-log")).toContainText("its node was stuck");
    // Healed after it was said: the root is a live one, and would be what has not recovered yet.
    await story.heal("search");
    await other.context().close();
  });
  await test.step("it waits by itself until the dependency is well, then leads to the release", async () => {
    await expect(here(page)).toContainText("Release held servers", { timeout: 180_000 });
    await here(page).getByRole("button", { name: "Release held servers …" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: /^Release the servers of learn/ }).click();
    await expect(dialog.locator("[data-run-state=succeeded]")).toBeVisible({ timeout: 180_000 });
    await dialog.getByRole("button", { name: "Close" }).last().click();
  });
  await test.step("what was done is drafted, changed, and written into the incident", async () => {
    const words = here(page).getByRole("textbox", { name: "What happened" });
    await expect(words).toHaveValue(
      /Hold the servers of learn.*done and proven[\s\S]*Done by hand: Heal Search \(its node was stuck\)/,
    );
    await words.fill("Search hung; the servers were held meanwhile.");
    await here(page).getByRole("button", { name: "Write it into the incident and finish" }).click();
    await expect(page.locator("[data-runbook-record]")).toBeVisible();
    await expect(page.locator("#runbook-summary")).toContainText("Search hung");
    await page.getByRole("link", { name: "its incident" }).click();
    await expect(page.locator("#incident-timeline")).toContainText("Search hung; the servers were held meanwhile.");
    await expect(page.locator("#incident-timeline")).toContainText("Done by hand: Heal Search: its node was stuck");
  });
});

test("Postgres times out: a long query is cancelled through the runbook, which then asks again by itself", async ({
  page,
  story,
}) => {
  await story.break("long-query");
  await openPage(page, "/services/pg-main/runbooks/times-out");
  await expect(here(page)).toContainText("Cancel a query", { timeout: 60_000 });
  await here(page).getByRole("button", { name: "Cancel a query …" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: /^Cancel the query of/ }).click();
  await expect(dialog.locator("[data-run-state=succeeded]")).toBeVisible({ timeout: 60_000 });
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await expect(here(page).getByRole("textbox", { name: "What happened" })).toHaveValue(/Still\? no/);
  await here(page).getByRole("button", { name: "Finish without a word" }).click();
  await expect(page.locator("#runbook-summary")).toContainText("finished without a word");
});
