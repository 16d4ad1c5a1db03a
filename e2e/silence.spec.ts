import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "@playwright/test";
import { haproxyServers } from "#e2e/lab/haproxy.ts";
import { expect, expectVerdict, openPage, panelOf, type Story, test } from "#e2e/story.ts";
import { openStore } from "#lib/store/open-store.ts";
import { findRun, type RunRow } from "#lib/store/runs.ts";
import { storeFile } from "#lib/store/store-file.ts";
import { isEnded, type Run, runDto } from "#lib/wire/run.ts";

/** The page says so within ten seconds by its own clock; what is more is what a busy machine takes to paint it. */
const toldWithin = { timeout: 60_000 };

test("when the poller falls silent the board says so within ten seconds, and nothing stays green", async ({
  page,
  story,
}) => {
  await openPage(page, "/");
  await expectVerdict(page, "ok");
  const pid = story.pollerPid();
  process.kill(pid, "SIGSTOP");
  try {
    await expect(page.locator("[data-silence]")).toContainText("poller has been silent", toldWithin);
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
  await openPage(page, "/");
  const pid = story.pollerPid();
  process.kill(pid, "SIGKILL");
  await expect.poll(() => isOther(story.pollerPid, pid)).toBe(true);
  await expectVerdict(page, "ok");
});

test("when the web is killed under a run, it goes on, once, and the page finds its end and its proof", async ({
  page,
  story,
}) => {
  const asked = await askForDrainedRestart(story);
  await openPage(page, `/runs/${asked.id}`);
  await page.getByRole("button", { name: /^Drain web-02 and restart/ }).click();
  const killed = await killWebUnder(story, asked.id);
  expect(killed.length, "steps at which the web died").toBeGreaterThan(0);

  await test.step("the page that was open all the time shows how it ended, without a reload", async () => {
    await expect(page.locator("[data-run-state=succeeded]")).toBeVisible({ timeout: 180_000 });
    await expect(page.locator("[data-live=true]")).toBeVisible();
    await expect(page.getByRole("region", { name: "Journal" })).toContainText("runs in new processes");
  });
  await test.step("it is in the ledger once, each step was begun once, and nothing is left drained", async () => {
    const { runs } = await ask<{ runs: Pick<Run, "id" | "action" | "requestedAt">[] }>(story, "/api/v1/runs");
    const since = runs.filter(({ requestedAt }) => requestedAt >= asked.requestedAt);
    expect(since.map(({ id, action }) => [id, action])).toEqual([[asked.id, "drained-restart"]]);
    const run = runDto.parse(await ask(story, `/api/v1/runs/${asked.id}`));
    expect(run.verification?.held).toBe(run.verification?.wanted);
    expect(run.steps.map(({ state }) => state)).toEqual(run.steps.map(() => "done"));
    const begun = run.journal.map(({ text }) => text).filter((text) => text.startsWith("about to: "));
    expect(begun).toEqual(run.steps.map(({ title, does }) => `about to: ${title} — ${does}`));
    await expect.poll(async () => (await haproxyServers(story.lab))["learn/web-02"]).toMatch(/^UP/);
  });
});

test("when the web hangs the page says so within ten seconds, and comes back by itself", async ({ page, story }) => {
  await openPage(page, "/");
  await expectVerdict(page, "ok");
  await expect(page.locator("[data-live=true]")).toBeVisible();
  const pid = story.webPid();
  process.kill(pid, "SIGSTOP");
  try {
    await expect(page.locator("[data-silence]")).toContainText("has not heard from Pitwall", toldWithin);
    await expectNothingGreen(page);
  } finally {
    process.kill(pid, "SIGCONT");
  }
  await expectVerdict(page, "ok");
  await story.allWell();
});

async function ask<Answer>(story: Story, path: string, body?: unknown): Promise<Answer> {
  const headers = { ...story.session, "content-type": "application/json", "idempotency-key": randomUUID() };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(`${story.address}${path}`, { headers, ...sent });
  expect(answer.ok, `${path} answered ${answer.status}`).toBe(true);
  return (await answer.json()) as Answer;
}

async function askForDrainedRestart(story: Story): Promise<Run> {
  const action = "drained-restart";
  const offer = (await story.board()).services
    .find(({ id }) => id === "learn-web")
    ?.actions.find(({ id }) => id === action);
  const app = offer?.params
    .find(({ name }) => name === "app")
    ?.options.find(({ value }) => value.includes("web-02/api"));
  const params = { node: "web-02", app: app?.value };
  return runDto.parse(await ask(story, "/api/v1/runs", { serviceId: "learn-web", action, params }));
}

/** Kills the web whenever the run came one boundary further, as often as it is there to be killed; tells at which. */
async function killWebUnder(story: Story, runId: string): Promise<string[]> {
  const killed: string[] = [];
  const store = await openStore({ file: storeFile(story.dataFolder) });
  try {
    for (let run: RunRow | null = null; run === null || !isEnded(run.state); await pause(5)) {
      run = await store.read((reading) => findRun(reading, runId));
      const at = run?.steps.findLast(({ state }) => state === "running" || state === "done");
      const boundary = `${at?.id} ${at?.state}`;
      if (at === undefined || killed.includes(boundary)) continue;
      const pid = pidOf(story.webPid);
      if (pid !== null && kill(pid)) killed.push(boundary);
    }
  } finally {
    await store.close();
  }
  return killed;
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, "SIGKILL");
  } catch {
    return false;
  }
}

/** Every green mark must have lost its colour, and no panel may call itself ok. */
async function expectNothingGreen(page: Page): Promise<void> {
  await expect(page.locator("section[id^=service-][data-stale]")).toHaveCount(5);
  await expect(panelOf(page, "lb").locator("header [data-mark]").first()).toHaveAttribute("data-mark", "unknown");
  const marks = page.locator('main [data-mark="ok"], header [data-mark="ok"]');
  await expect.poll(() => marks.evaluateAll(countGreen)).toBe(0);
  await expect(page.locator("[data-live=true]")).toHaveCount(0);
}

/** How many of these are painted green. It runs in the page. */
function countGreen(marks: readonly Element[]): number {
  const greyed = (element: Element | null): boolean =>
    element !== null && (getComputedStyle(element).filter.includes("saturate(0)") || greyed(element.parentElement));
  return marks.filter((mark) => {
    const [red = 0, green = 0] = getComputedStyle(mark).color.match(/\d+/g)?.map(Number) ?? [];
    return green - red > 30 && !greyed(mark);
  }).length;
}

function isOther(pidNow: () => number, pid: number): boolean {
  const now = pidOf(pidNow);
  return now !== null && now !== pid;
}

/** `null` while there is none. */
function pidOf(pidNow: () => number): number | null {
  try {
    return pidNow();
  } catch {
    return null;
  }
}
