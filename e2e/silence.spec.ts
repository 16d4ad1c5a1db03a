import type { Page } from "@playwright/test";
import { expect, expectVerdict, panelOf, test } from "#e2e/story.ts";

test("when the poller falls silent the board says so within ten seconds, and nothing stays green", async ({
  page,
  story,
}) => {
  await page.goto("/");
  await expectVerdict(page, "ok");
  const pid = story.pollerPid();
  process.kill(pid, "SIGSTOP");
  try {
    await expect(page.locator("[data-silence]")).toContainText("poller has been silent", { timeout: 10_000 });
    await expect(page.locator("[data-silence]")).toContainText("Nothing below is known to be current");
    await expectNothingGreen(page);
    await expect(page).toHaveTitle(/^○/);
    await test.step("the API says it too, and takes no orders that nobody would carry out", async () => {
      const ready = await fetch(`${story.address}/api/v1/health/ready`);
      expect(ready.status).toBe(503);
      const poll = await fetch(`${story.address}/api/v1/poll`, { method: "POST", headers: { ...story.session } });
      expect(poll.status).toBe(503);
      expect(await poll.json()).toMatchObject({ code: "poller-silent", status: 503 });
    });
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await expectVerdict(page, "ok");
  await expect(page.locator("[data-silence]")).toHaveCount(0);
});

test("when the poller is killed it comes back by itself", async ({ page, story }) => {
  await page.goto("/");
  const pid = story.pollerPid();
  process.kill(pid, "SIGKILL");
  await expect.poll(() => otherPid(story, pid), { timeout: 30_000 }).toBe(true);
  await expectVerdict(page, "ok");
});

test("when the web hangs the page says so within ten seconds, and comes back by itself", async ({ page, story }) => {
  await page.goto("/");
  await expectVerdict(page, "ok");
  await expect(page.locator("[data-live=true]")).toBeVisible();
  const pid = story.webPid();
  process.kill(pid, "SIGSTOP");
  try {
    await expect(page.locator("[data-silence]")).toContainText("has not heard from Pitwall", { timeout: 10_000 });
    await expectNothingGreen(page);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await expectVerdict(page, "ok");
  await story.allWell();
});

/** Every green mark must have lost its colour, and no panel may call itself ok. */
async function expectNothingGreen(page: Page): Promise<void> {
  await expect(page.locator("section[id^=service-][data-stale]")).toHaveCount(5, { timeout: 10_000 });
  await expect(panelOf(page, "lb").locator("header [data-mark]").first()).toHaveAttribute("data-mark", "unknown");
  const green = await page.locator('main [data-mark="ok"], header [data-mark="ok"]').evaluateAll((marks) => {
    const greyed = (element: Element | null): boolean =>
      element !== null && (getComputedStyle(element).filter.includes("saturate(0)") || greyed(element.parentElement));
    return marks.filter((mark) => {
      const [red = 0, green = 0] = getComputedStyle(mark).color.match(/\d+/g)?.map(Number) ?? [];
      return green - red > 30 && !greyed(mark);
    }).length;
  });
  expect(green).toBe(0);
  await expect(page.locator("[data-live=true]")).toHaveCount(0);
}

async function otherPid(story: { pollerPid: () => number }, pid: number): Promise<boolean> {
  try {
    return story.pollerPid() !== pid;
  } catch {
    return false;
  }
}
