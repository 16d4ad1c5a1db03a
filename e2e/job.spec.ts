import { execFile, execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, openPage, panelOf, type Story, test } from "#e2e/story.ts";

const root = path.resolve(import.meta.dirname, "..");

/**
 * Runs often, so that a story has time to wait for a run that does not come; but not so often that one is missed while a slow
 * machine still looks at the last.
 */
const job = `  - id: nightly
    kind: heartbeat
    name: Nightly backup
    group: Data
    interval: 1s
    every: 30s
    grace: 15s
`;

test("a cron job is watched by the one line that its panel shows: it succeeds, fails, and is missed", async ({
  page,
  story,
}) => {
  const config = readFileSync(story.lab.paths.config, "utf8");
  const home = mkdtempSync(path.join(tmpdir(), "pitwall-job-"));
  const panel = panelOf(page, "nightly");
  try {
    await openPage(page, "/");
    writeFileSync(story.lab.paths.config, config + job);
    await expect(panel.getByText("Nothing was heard of it yet")).toBeVisible();
    const [report = "", makeToken = "", keepToken = ""] = await panel.locator("code").allTextContents();
    expect(report).toContain(`${story.address}/api/v1/heartbeats/nightly`);

    keep(keepToken, tokenBy(makeToken, story), home);
    const crontab = (command: string) =>
      execFileSync("/bin/sh", ["-c", `${command}${report}`], { env: { ...process.env, HOME: home } });
    crontab("true");
    await expect(panel.getByText(/^succeeded · /)).toBeVisible();
    crontab("sh -c 'exit 3'");
    await expect(panel.getByText("the last run failed with exit code 3")).toBeVisible();
    await expect(panel.getByRole("img", { name: "1 of the last 2 runs succeeded" })).toBeVisible();
    await curl(home, story, "says=start&run=7");
    await curl(home, story, "run=7&exitCode=0&durationMs=1200&message=1.2%20GB&log=pg_dump%3A%20done%0A");
    await expect(panel.getByText(/^succeeded in 1.2 s · /)).toBeVisible();
    await expect(panel.getByText("1.2 GB")).toBeVisible();
    // As the server sends it too: no style of the page's own is let through.
    await page.reload();
    const failed = panel.getByRole("img", { name: "2 of the last 3 runs succeeded" }).locator("rect").nth(1);
    expect((await failed.boundingBox())?.height).toBeGreaterThan(20);

    const missed = panel.getByText(/was due .* ago and was not heard of \(limit 15 s\)/);
    await expect(missed).toBeVisible({ timeout: 120_000 });
    await expect(panel.locator('header [data-mark="critical"]')).toBeVisible();
    crontab("true");
    await expect(panel.locator('header [data-mark="ok"]')).toBeVisible();
  } finally {
    writeFileSync(story.lab.paths.config, config);
    rmSync(home, { recursive: true, force: true });
  }
  await expect(panel).toHaveCount(0);
});

/** Makes a token as the panel says, with this Pitwall's store. */
function tokenBy(line: string, story: Story): string {
  const [npx, pitwall, ...words] = line.split(" ");
  expect([npx, pitwall]).toEqual(["npx", "pitwall"]);
  const env = { ...process.env, PITWALL_DATA: story.dataFolder };
  return execFileSync(process.execPath, ["lib/cli/main.ts", ...words], { cwd: root, env, encoding: "utf8" }).trim();
}

function keep(line: string, token: string, home: string): void {
  const kept = spawnSync("/bin/bash", ["-c", line], {
    input: `${token}\n`,
    env: { ...process.env, HOME: home },
    encoding: "utf8",
  });
  expect(kept.status, kept.stderr).toBe(0);
}

async function curl(home: string, story: Story, body: string): Promise<void> {
  const header = `@${home}/.pitwall-nightly`;
  const to = `${story.address}/api/v1/heartbeats/nightly`;
  await promisify(execFile)("curl", ["-fsS", "-o", "/dev/null", "-H", header, "-d", body, to]);
}
