import type { Page } from "@playwright/test";
import { expect, expectVerdict, openPage, signedOutState, test } from "#e2e/story.ts";

const pages = [
  "/",
  "/services/lb",
  "/services/pg-main",
  "/services/learn-web",
  "/incidents",
  "/runs",
  "/snapshots",
  "/settings/api",
];

test("no page breaks its own policy, in trouble, dark and light, with every dialog open", async ({
  page,
  browser,
  story,
}) => {
  const violations = await watch(page);
  await story.break("search");
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of pages) {
      await openPage(page, path);
      await expect(page.locator("[data-live=true]")).toBeVisible();
    }
    await openPage(page, "/");
    await expectVerdict(page, "critical");
    for (const key of ["?", "/"]) {
      await page.keyboard.press(key);
      await expect(page.getByRole("dialog")).toBeVisible();
      await page.keyboard.press("Escape");
      await expect(page.getByRole("dialog")).toHaveCount(0);
    }
  }
  await openPage(page, "/incidents");
  await page.locator('a[href^="/incidents/"]').first().click();
  await expect(page).toHaveURL(/\/incidents\/.+/);
  await expect(page.getByRole("heading", { level: 1 }).last()).toBeVisible();
  await openPage(page, "/");
  await page.keyboard.press("s");
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Title").fill("Policy");
  await dialog.getByRole("button", { name: "Freeze and make a link" }).click();
  const link = await dialog.getByLabel("Link to the snapshot").inputValue();
  const stranger = await browser.newContext({ colorScheme: "light", storageState: signedOutState });
  try {
    const theirs = await stranger.newPage();
    const seen = await watch(theirs);
    const answer = await theirs.goto(link);
    expect(answer?.headers()["x-robots-tag"]).toContain("noindex");
    await expect(theirs.getByText("This is not live.")).toBeVisible();
    await openPage(theirs, `${story.address}/sign-in`);
    await expect(theirs.getByRole("heading", { level: 1 })).toBeVisible();
    expect(seen).toEqual([]);
  } finally {
    await stranger.close();
  }
  expect(violations).toEqual([]);
  await story.heal("search");
});

test("each answer has a nonce of its own, on every script and style of it, and no style stands in the text", async ({
  page,
}) => {
  const nonces = new Set<string>();
  for (const path of pages) {
    const answer = await page.request.get(path);
    const policy = answer.headers()["content-security-policy"] ?? "";
    expect(policy).not.toContain("unsafe");
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? "";
    expect(nonce).toHaveLength(24);
    nonces.add(nonce);
    const html = await answer.text();
    for (const [tag] of html.matchAll(/<(?:script|style)\b[^>]*>/g)) expect(tag).toContain(`nonce="${nonce}"`);
    expect(html).not.toMatch(/<[^>]+ style="/);
    expect(html).not.toMatch(/<[^>]+ on[a-z]+="/);
  }
  expect(nonces.size).toBe(pages.length);
});

test("a script that somebody got into a page does not run, and nobody frames the board", async ({ page, story }) => {
  await openPage(page, "/");
  await expect(page.locator("[data-live=true]")).toBeVisible();
  const refused = await page.evaluate(() => {
    const tries: readonly (() => void)[] = [
      () => document.body.insertAdjacentHTML("beforeend", "<img src=x onerror='globalThis.owned = true'>"),
      () => document.body.setAttribute("onclick", "globalThis.owned = true"),
      () => {
        const script = document.createElement("script");
        script.textContent = "globalThis.owned = true";
        document.body.append(script);
      },
    ];
    return tries.map((attempt) => {
      try {
        attempt();
        return "done";
      } catch {
        return "refused";
      }
    });
  });
  expect(refused.slice(0, 2)).toEqual(["refused", "refused"]);
  expect(await page.evaluate(() => "owned" in globalThis)).toBe(false);
  const answer = await page.request.get(story.address);
  expect(answer.headers()["x-frame-options"]).toBe("DENY");
  expect(answer.headers()["content-security-policy"]).toContain("frame-ancestors 'none'");
});

/** Gathers what the browser refuses of a page, for as long as the page lives. */
async function watch(page: Page): Promise<string[]> {
  const seen: string[] = [];
  await page.exposeFunction("told", (what: string) => seen.push(what));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sample, documentURI }) => {
      const { told } = globalThis as unknown as { told: (what: string) => void };
      told(`${documentURI}: ${effectiveDirective} ${blockedURI} ${sample}`);
    });
  });
  page.on("pageerror", (error) => seen.push(error.message));
  return seen;
}
