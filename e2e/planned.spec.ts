import type { Page } from "@playwright/test";
import { expect, expectVerdict, openPage, panelOf, test } from "#e2e/story.ts";
import { incidentDto } from "#lib/wire/incident.ts";

test("one cause is one incident: someone takes it, says what they do, and it resolves when all is well", async ({
  page,
  story,
}) => {
  await openPage(page, "/");
  await expectVerdict(page, "ok");
  await story.break("search");
  await expectVerdict(page, "critical");
  const nav = page.getByRole("navigation", { name: "Pages" });
  await expect(nav.getByRole("link", { name: "Incidents 1 open" })).toBeVisible();

  await test.step("the root is acknowledged from the first line, with who and why, and it can be undone", async () => {
    await acknowledge(page, "looking at it");
    await expect(said(page, "Search")).toContainText(/Acknowledged.*looking at it · ann@example\.com at/);
    await said(page, "Search").getByRole("button", { name: "Undo" }).first().click();
    await expect(page.getByText("looking at it")).toHaveCount(0);
    await acknowledge(page, "restarting it");
    await openPage(page, "/services/search");
    await expect(said(page, "Search")).toContainText("restarting it");
  });

  await nav.getByRole("link", { name: "Incidents 1 open" }).click();
  await page.locator("[data-incident=open]").getByRole("link").click();
  await test.step("it names the root, holds the symptoms, and takes a comment", async () => {
    await expect(page.getByRole("heading", { level: 1 }).last()).toContainText(/^(open)?\s*Search /);
    const services = page.locator("#incident-services");
    await expect(services.getByRole("listitem").filter({ hasText: "Search" })).toContainText("root");
    await expect(services.getByRole("listitem").filter({ hasText: "Load balancer" })).toContainText("symptom");
    await page.getByLabel("Comment").fill("the heap was full");
    await page.getByRole("button", { name: "Comment" }).click();
    await expect(page.locator("[data-event=comment]").last()).toContainText("the heap was full · ann@example.com");
    await expect(page.getByLabel("Comment")).toHaveValue("");
  });

  await story.heal("search");
  await expect(page.locator("[data-incident=resolved]")).toBeVisible({ timeout: 240_000 });
  await expect(page.locator("#incident-services")).not.toContainText(" for ");
  const id = page.url().split("/").at(-1);
  const incident = incidentDto.parse(await (await page.request.get(`/api/v1/incidents/${id}`)).json());
  expect(incident.members.every((member) => member.until !== null)).toBe(true);
  const kinds = incident.timeline.map((event) => event.kind);
  for (const kind of ["incident", "status", "acknowledgement", "comment"]) expect(kinds).toContain(kind);
  await openPage(page, "/");
  await expectVerdict(page, "ok");
  await expect(page.getByText("restarting it")).toHaveCount(0);
  await expect(nav.getByRole("link", { name: "Incidents", exact: true })).toBeVisible();
  // Its beginning and its end are one mark or two, as they are near each other on the timeline or not.
  const marks = page.locator("#timeline").getByRole("button", { name: /Incident (opened|resolved): Search/ });
  await expect(marks.first()).toBeVisible();
});

test("planned trouble is shown as planned and does not count, until a click ends it", async ({ page, story }) => {
  await openPage(page, "/");
  await expectVerdict(page, "ok");
  const incidents = async () => (await story.board()).incidents;
  // What the story before broke may stumble once more, and would still be told on: HAProxy's averages forget slowly.
  const restless = async () =>
    (await story.board()).services.filter(({ trend }) => trend.status.slice(-8).some((status) => status !== "ok"));
  await expect.poll(async () => (await restless()).map(({ id }) => id), { timeout: 180_000 }).toEqual([]);
  await expect.poll(incidents).toEqual([]);
  await page.getByRole("button", { name: "Maintenance …", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Maintenance" });
  await dialog.getByLabel("Of").selectOption({ label: "PostgreSQL main" });
  await dialog.getByLabel("Note").fill("minor upgrade");
  await dialog.getByRole("button", { name: "Begin maintenance" }).click();
  await expect(said(page, "PostgreSQL main")).toContainText(/In maintenance.*minor upgrade · ann@example\.com, until/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(/All is well; PostgreSQL main is in maintenance$/);

  await story.break("replica-down");
  const status = async () => (await story.board()).services.find(({ id }) => id === "pg-main")?.status;
  await expect.poll(status, { timeout: 60_000 }).not.toBe("ok");
  // The balancer is not in maintenance, and says what the planned work does to it; that alone opens no incident.
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(
    /^PostgreSQL main is in maintenance, and because of that Load balancer has 1 of 2 pg-write servers in rotation$/,
  );
  await expect(panelOf(page, "pg-main").locator("header [data-mark=maintenance]")).toBeVisible();
  // Long enough for its trouble to be confirmed, which is when an incident would open.
  const lastsMs = async () => {
    const { at, services } = await story.board();
    const { status, since } = services.find(({ id }) => id === "lb") ?? {};
    return status === "critical" ? at - (since ?? at) : 0;
  };
  await expect.poll(lastsMs, { timeout: 60_000 }).toBeGreaterThan(12_000);
  expect((await story.board()).verdict.sentence).toMatch(/^PostgreSQL main is in maintenance, and because of that /);
  expect(await incidents()).toEqual([]);

  await said(page, "PostgreSQL main").getByRole("button", { name: "End now" }).click();
  await expect(page.locator("[data-verdict=ok]")).toHaveCount(0);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("PostgreSQL main");
  await story.heal("replica-down");
  await expectVerdict(page, "ok");

  await test.step("planned work on one node stands on that node, in every panel that shows it", async () => {
    const data = { nodes: ["web-02"], note: "new disk" };
    expect((await page.request.post("/api/v1/maintenance", { data })).ok()).toBe(true);
    const host = (name: string) => panelOf(page, "learn-web").getByRole("button", { name });
    await expect(host("web-02").locator("[data-mark=maintenance]")).toBeVisible();
    await expect(host("web-01").locator("[data-mark=ok]")).toBeVisible();
    const server = panelOf(page, "lb").getByRole("button", { name: /^web-02: up\. In maintenance: new disk · ann/ });
    await expect(server.first()).toBeVisible();
    await said(page, "Learn web").getByRole("button", { name: "End now" }).click();
    await expect(page.locator("[data-mark=maintenance]")).toHaveCount(0);
  });
});

test("a silence needs a reason, typed at once and sent by Enter, is told with it, and can be taken back", async ({
  page,
  story,
}) => {
  await story.allWell();
  await openPage(page, "/services/lb");
  await page.getByRole("button", { name: "Silence …" }).click();
  const dialog = page.getByRole("dialog", { name: "Silence Load balancer" });
  await dialog.getByRole("button", { name: "Silence" }).click();
  await expect(dialog).toBeVisible();
  await expect(dialog.getByLabel("Reason")).toBeFocused();
  await page.keyboard.type("load test until noon");
  await page.keyboard.press("Enter");
  await expect(said(page, "Load balancer")).toContainText("load test until noon");
  await said(page, "Load balancer").getByRole("button", { name: "Undo" }).click();
  await expect(said(page, "Load balancer")).toHaveCount(0);
  const refused = await page.request.post("/api/v1/services/lb/silence", { data: { reason: "" } });
  expect(refused.status()).toBe(400);
  expect((await page.request.get("/api/v1/services/lb/silence")).status()).toBe(405);
});

async function acknowledge(page: Page, comment: string): Promise<void> {
  await page.getByRole("button", { name: "Acknowledge …" }).first().click();
  const dialog = page.getByRole("dialog", { name: /^Acknowledge / });
  await dialog.getByLabel("Comment").fill(comment);
  await dialog.getByRole("button", { name: "Acknowledge", exact: true }).click();
  await expect(dialog).toHaveCount(0);
}

/** What was said about a service, wherever it stands on the page. */
function said(page: Page, name: string) {
  return page.getByRole("list", { name: `What was said about ${name}` }).first();
}
