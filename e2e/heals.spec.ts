import { readFile, writeFile } from "node:fs/promises";
import { expect, expectVerdict, openPage, panelOf, test } from "#e2e/story.ts";

test("a dead web server heals itself while one watches, and the ledger says so", async ({ page, story }) => {
  const { lab } = story;
  const configured = await readFile(lab.paths.config, "utf8");
  await writeFile(lab.paths.config, configured.replace("mode: observe", "after: 1s, warmUp: 5s"));
  try {
    await openPage(page, "/services/learn-web");
    const rule = page.locator("#heals [data-heal-rule=not-running]");
    await expect(rule).toContainText("it starts “Restart the web server of a host”");
    await expect(rule).toHaveAttribute("data-standing", "ready");
    await story.break("web");

    await test.step("the board shows that it is being healed, and by what", async () => {
      await openPage(page, "/");
      const host = panelOf(page, "learn-web").getByRole("button", { name: "web-02" });
      // All of it is gone when the heal is over, so each is looked for from the beginning.
      const soon = { timeout: 120_000 };
      await Promise.all([
        expect(host.locator("[data-mark=healing]")).toBeVisible(soon),
        expect(panelOf(page, "learn-web").locator("header [data-mark=healing]")).toBeVisible(soon),
        expect(panelOf(page, "learn-web")).toContainText("heal rule not-running of learn-web", soon),
        expect(page.locator("[data-healing]")).toHaveText("1 healing", soon),
      ]);
    });
    await expectVerdict(page, "ok");

    await test.step("what it did stands in the ledger, and leads to its run", async () => {
      await openPage(page, "/runs");
      await page.getByRole("link", { name: "Heals" }).click();
      const healed = page.locator("#ledger [data-heal=healed]").first();
      await expect(healed).toContainText("Learn web", { timeout: 60_000 });
      await page.getByLabel("What came of it").selectOption("healed");
      await expect(page.locator("#ledger [data-heal]:not([data-heal=healed])")).toHaveCount(0);
      await healed.getByRole("link").click();
      await expect(page.locator("[data-run-state=succeeded]")).toBeVisible();
      await expect(page.getByText("A heal rule may start it").first()).toBeVisible();
    });
  } finally {
    await writeFile(lab.paths.config, configured);
  }
});
