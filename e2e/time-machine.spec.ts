import { expect, expectVerdict, openPage, panelOf, test } from "#e2e/story.ts";

test("after it was healed, the broken moment is one step back, panels and all, and a link leads there", async ({
  browser,
  page,
  story,
}) => {
  await story.break("web");
  await openPage(page, "/");
  await expectVerdict(page, "critical");
  await expect(panelOf(page, "learn-web")).toContainText("Passenger is not running");
  await story.heal("web");
  await story.allWell();
  await expectVerdict(page, "ok");
  await expect(panelOf(page, "learn-web")).not.toContainText("Passenger is not running");

  const banner = page.getByRole("region", { name: "Moment shown" });
  const slider = page.getByRole("slider", { name: "Moment shown on the board" });
  await test.step("the keyboard steps back from change to change until the board is red again", async () => {
    await expect(slider).toHaveAttribute("aria-valuetext", "Live");
    await expect(banner).toHaveCount(0);
    await slider.focus();
    await expect(async () => {
      await page.keyboard.press("PageDown");
      // A key that is pressed while the moment before is still on its way would step past it.
      await expect(banner).toHaveAttribute("aria-busy", "false");
      expect(await panelOf(page, "learn-web").textContent()).toContain("Passenger is not running");
    }).toPass({ timeout: 240_000, intervals: [0] });
    await expect(page.locator('[data-verdict="critical"]')).toBeVisible();
    await expect(banner).toContainText(/Showing \d\d:\d\d:\d\d UTC\+\d, .+ ago/);
    await expect(slider).toHaveAttribute("aria-valuetext", /^\d\d:\d\d:\d\d$/);
  });

  await test.step("nothing of the past can be pressed, and what changed before it stands below", async () => {
    await expect(page.getByRole("button", { name: /…$/ })).toHaveCount(0);
    await expect(page.locator("#changes")).toContainText(/web-02: (Passenger running → not running|answers yes → no)/);
  });

  await test.step("the address leads everybody of the team there, painted by the server", async () => {
    await expect(page).toHaveURL(/[?&]at=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/);
    const stranger = await browser.newContext({ javaScriptEnabled: false });
    try {
      const theirs = await stranger.newPage();
      await theirs.goto(page.url());
      await expect(theirs.locator('[data-verdict="critical"]')).toBeVisible();
      await expect(panelOf(theirs, "learn-web")).toContainText("Passenger is not running");
      const { search } = new URL(page.url());
      await theirs.goto(`${story.address}/services/learn-web${search}`);
      await expect(panelOf(theirs, "learn-web")).toContainText("Passenger is not running");
      await theirs.goto(`${story.address}/services/learn-web/runbooks/queue-grows${search}`);
      await expect(theirs.locator("#runbook-steps")).toContainText("as it was then");
      await expect(theirs.getByRole("button", { name: "Follow it" })).toHaveCount(0);
    } finally {
      await stranger.close();
    }
  });

  await test.step("a service's page stays at the same moment", async () => {
    await panelOf(page, "learn-web").getByRole("link", { name: "Learn web" }).click();
    await expect(page).toHaveURL(/\/services\/learn-web\?at=/);
    await expect(panelOf(page, "learn-web")).toContainText("Passenger is not running");
    await page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Board", exact: true }).click();
    // Both pages have the banner: only the address tells that the board is there to be stepped.
    await expect(page).toHaveURL(/\/\?at=/);
    await expect(banner).toBeVisible();
  });

  await test.step("arrow keys step by polls, and Live leads back to now", async () => {
    const before = await banner.getAttribute("data-moment");
    await expect(async () => {
      await page.keyboard.press("ArrowLeft");
      await expect(banner).not.toHaveAttribute("data-moment", before ?? "", { timeout: 5_000 });
    }).toPass({ timeout: 60_000 });
    await banner.getByRole("button", { name: "Live" }).click();
    await expect(banner).toHaveCount(0);
    await expectVerdict(page, "ok");
    await expect(page).not.toHaveURL(/at=/);
    await expect(panelOf(page, "learn-web").getByRole("button", { name: /…$/ }).first()).toBeVisible();
  });
});

test("the timeline is dragged by a finger on a phone, and Escape leaves the past", async ({ browser, story }) => {
  const phone = await browser.newContext({
    baseURL: story.address,
    viewport: { width: 360, height: 800 },
    hasTouch: true,
    isMobile: true,
  });
  try {
    const page = await phone.newPage();
    await openPage(page, "/");
    const slider = page.getByRole("slider", { name: "Moment shown on the board" });
    await page.getByRole("button", { name: "1 h", exact: true }).click();
    await slider.scrollIntoViewIfNeeded();
    const banner = page.getByRole("region", { name: "Moment shown" });
    // The board above it is live, and may grow or shrink under the finger.
    await expect(async () => {
      const box = await page.locator("#timeline .touch-pan-y").boundingBox();
      if (box === null) throw new Error("the timeline is not on the page");
      await page.touchscreen.tap(box.x + box.width - 12, box.y + box.height / 4);
      await expect(banner).toBeVisible({ timeout: 10_000 });
    }).toPass({ timeout: 60_000 });
    const sideways = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await sideways()).toBeLessThanOrEqual(0);
    await page.keyboard.press("Escape");
    await expect(banner).toHaveCount(0);
  } finally {
    await phone.close();
  }
});

test("a script reads the board of any moment, and is told when it asks for one that cannot be", async ({ story }) => {
  const ask = async (path: string) => {
    const answer = await fetch(`${story.address}${path}`, { headers: { ...story.session } });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  const at = new Date(Date.now() - 2_000).toISOString();
  const then = await ask(`/api/v1/board?at=${at}`);
  expect([then.status, then.body.at]).toEqual([200, Date.parse(at)]);
  expect((await ask("/api/v1/board?at=yesterday")).status).toBe(400);
  expect((await ask(`/api/v1/board?at=${Date.now() + 3_600_000}`)).status).toBe(400);
  expect((await ask("/api/v1/changes?minutes=15")).status).toBe(200);
  const refused = await fetch(`${story.address}/api/v1/events`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer a-token-nobody-set" },
    body: JSON.stringify({ kind: "deploy", title: "shop 4.2.0" }),
  });
  expect(refused.status).toBe(401);
});
