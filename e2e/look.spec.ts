import type { Page } from "@playwright/test";
import { chooseFound, expect, expectVerdict, openPage, panelOf, test } from "#e2e/story.ts";

const pages = [
  "/",
  "/services/lb",
  "/services/pg-main",
  "/services/learn-web",
  "/runs",
  "/heals",
  "/snapshots",
  "/settings/roles",
];

test("no page scrolls sideways on a phone or a tablet", async ({ page, story }) => {
  await story.allWell();
  for (const width of [360, 768, 1024]) {
    await page.setViewportSize({ width, height: 800 });
    for (const path of pages) {
      await openPage(page, path);
      // While the page is silent it has another above it.
      await expect(page.getByRole("heading", { level: 1 }).last()).toBeVisible();
      expect(await sidewaysPx(page), `${path} at ${width} px`).toBe(0);
    }
  }
});

test("the board in trouble does not scroll sideways on a phone either", async ({ page, story }) => {
  await page.setViewportSize({ width: 360, height: 800 });
  await story.break("search");
  await openPage(page, "/");
  await expectVerdict(page, "critical");
  await expect(panelOf(page, "learn-web")).toContainText("/search");
  await expect.poll(() => sidewaysPx(page)).toBe(0);
});

test("it is dark and light as the system says, and as the reader chooses, without a flash", async ({ page, story }) => {
  await story.allWell();
  await page.emulateMedia({ colorScheme: "dark" });
  await openPage(page, "/");
  await expect.poll(() => brightness(page)).toBeLessThan(60);
  await page.emulateMedia({ colorScheme: "light" });
  await expect.poll(() => brightness(page)).toBeGreaterThan(200);
  await page.getByRole("button", { name: /^Colours: as the system/ }).click();
  await page.getByRole("button", { name: /^Colours: light/ }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await expect.poll(() => brightness(page)).toBeLessThan(60);
  // The browser keeps the choice a moment after it has painted it.
  const html = async () => (await page.request.get("/")).text();
  await expect.poll(html, { message: "the server paints the chosen theme" }).toContain('data-theme="dark"');
});

test("the board is there without any script: first paint comes from the server", async ({ browser, story }) => {
  await story.allWell();
  const context = await browser.newContext({ javaScriptEnabled: false });
  try {
    const page = await context.newPage();
    await page.goto(story.address);
    await expect(page.getByRole("heading", { name: "Load balancer" })).toBeVisible();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  } finally {
    await context.close();
  }
});

test("a page logs no error, and loads nothing from elsewhere", async ({ page, story }) => {
  const errors: string[] = [];
  const foreign: string[] = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("request", (request) => !request.url().startsWith(story.address) && foreign.push(request.url()));
  for (const path of pages) {
    await openPage(page, path);
    await expect(page.locator("[data-live=true]")).toBeVisible();
  }
  expect(errors).toEqual([]);
  expect(foreign.filter((url) => !url.startsWith("data:"))).toEqual([]);
});

test("the finder opens by keyboard and leads to a service; help lists the keys", async ({ page, story }) => {
  await story.allWell();
  await openPage(page, "/");
  await page.keyboard.press("/");
  await chooseFound(page, "postgre", /^ok PostgreSQL main/);
  await expect(page).toHaveURL(/\/services\/pg-main$/);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keys and marks" })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
});

test("a service's page explains it and hides its secrets", async ({ page, story }) => {
  await openPage(page, "/services/pg-main");
  await expect(page.locator("#configuration")).toContainText("file:");
  await expect(page.locator("#api")).toContainText(`PITWALL_TOKEN" ${story.address}/api/v1/services/pg-main`);
  await openPage(page, "/services/nowhere");
  await expect(page.getByText("There is nothing at this address.")).toBeVisible();
});

async function sidewaysPx(page: Page): Promise<number> {
  return page.evaluate(() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth));
}

/** Mean of red, green and blue of the page's ground. */
async function brightness(page: Page): Promise<number> {
  return page.evaluate(() => {
    const parts = getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.slice(0, 3).map(Number) ?? [];
    return parts.reduce((sum, part) => sum + part, 0) / 3;
  });
}
