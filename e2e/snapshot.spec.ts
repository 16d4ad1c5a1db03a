import { expect, expectVerdict, openPage, panelOf, signedOutState, test } from "#e2e/story.ts";

test("snapshot viewer with network off: a shared link shows the fault to anyone, asks nothing, and still does when all is mended", async ({
  browser,
  page,
  story,
}) => {
  await story.break("search");
  await openPage(page, "/");
  await expectVerdict(page, "critical");
  await expect(panelOf(page, "lb")).toContainText("0 of 3 servers in rotation");
  await page.keyboard.press("s");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Title").fill("Search hangs");
  await dialog.getByLabel("Note").fill("Seen by the first story of the night");
  await dialog.getByRole("button", { name: "Freeze and make a link" }).click();
  const link = await dialog.getByLabel("Link to the snapshot").inputValue();
  expect(link).toMatch(/\/s\/[\w-]{43,}$/);

  const stranger = await browser.newContext({ colorScheme: "light", storageState: signedOutState });
  try {
    const theirs = await stranger.newPage();
    const asked: string[] = [];
    theirs.on("request", (request) => asked.push(new URL(request.url()).pathname));
    const answer = await theirs.goto(link);
    expect(answer?.headers()["cache-control"]).toContain("no-store");
    expect(answer?.headers()["referrer-policy"]).toBe("no-referrer");
    await expect(theirs.getByText("This is not live.")).toBeVisible();
    await expect(theirs.getByText(/^Frozen .* Europe\/Berlin\.$/)).toBeVisible();
    await expect(theirs.getByRole("heading", { level: 1 })).toContainText(/^Search /);
    await expect(panelOf(theirs, "learn-web")).toContainText("/search");
    await expect(theirs.getByRole("button", { name: /…$/ })).toHaveCount(0);
    await expect(theirs.getByText(/SHA-256 [0-9a-f]{64}/)).toBeVisible();
    await stranger.setOffline(true);
    await expect(panelOf(theirs, "learn-web")).toContainText("/search");
    await expect(panelOf(theirs, "lb")).toContainText("0 of 3 servers in rotation");
    await stranger.setOffline(false);

    await story.heal("search");
    await dialog.getByRole("button", { name: "Done" }).click();
    await expectVerdict(page, "ok");
    await theirs.reload();
    await expect(theirs.getByRole("heading", { level: 1 })).toContainText(/^Search /);
    await expect(panelOf(theirs, "lb")).toContainText("0 of 3 servers in rotation");
    expect(asked.filter((path) => path.startsWith("/api/"))).toEqual([]);

    await test.step("taken back, the link shows nothing more", async () => {
      await openPage(page, "/snapshots");
      await page
        .getByRole("listitem")
        .filter({ hasText: "Search hangs" })
        .getByRole("button", { name: "Revoke …" })
        .click();
      await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
      await expect(page.getByRole("listitem").filter({ hasText: "Search hangs" })).toContainText("Revoked");
      await theirs.reload();
      await expect(theirs.getByText("taken back by its team")).toBeVisible();
      await expect(theirs.locator("body")).not.toContainText("/search");
    });
  } finally {
    await stranger.close();
  }
});

test("a link that never was is not found", async ({ page, story }) => {
  const answer = await page.goto(`${story.address}/s/${"a".repeat(43)}`);
  expect(answer?.status()).toBe(404);
  await expect(page.getByText("There is no snapshot behind this link")).toBeVisible();
});
