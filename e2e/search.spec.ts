import { askHaproxy, haproxyServers } from "#e2e/lab/haproxy.ts";
import { pgHosts, webHosts } from "#e2e/lab/layout.ts";
import { sql } from "#e2e/lab/postgres.ts";
import { runOnHost } from "#e2e/lab/sshd.ts";
import { webHostPaths } from "#e2e/lab/web-host.ts";
import { expect, expectVerdict, openPage, panelOf, type Story, test } from "#e2e/story.ts";
import type { PassengerNode } from "#lib/integrations/passenger/detail.ts";
import type { PostgresNode } from "#lib/integrations/postgres/detail.ts";

test("a hung search service turns the board red with the root named, and healing it turns it green", async ({
  page,
  story,
}) => {
  await openPage(page, "/");
  await expectVerdict(page, "ok");
  await expect(page).toHaveTitle(/^● all well — Pitwall$/);

  await story.break("search");
  await expectVerdict(page, "critical");
  await expect(page).toHaveTitle(/^■ \d critical — Pitwall$/);
  await test.step("the first sentence and the chain name the search service as the root", async () => {
    await expect(page.getByRole("heading", { level: 1 })).toContainText(/^Search /);
    const chain = page.getByRole("list", { name: "From cause to symptom" }).getByRole("link");
    await expect(chain.first()).toContainText("Search");
    await expect(chain.last()).toContainText("Load balancer");
  });
  await test.step("the requests that hang in /search stand in the Passenger panel", async () => {
    await expect(panelOf(page, "learn-web")).toContainText("/search");
    await expect(
      panelOf(page, "learn-web")
        .getByText(/\d+ queued/)
        .first(),
    ).toBeVisible();
  });
  await test.step("the servers that HAProxy took out are out on the board, and those alone", async () => {
    await expect.poll(() => downIn(story.lab, "learn")).toHaveLength(3);
    await expect(panelOf(page, "lb")).toContainText("0 of 3 servers in rotation");
    const said = async () => JSON.stringify((await story.board()).services.find(({ id }) => id === "lb")?.findings);
    await expect.poll(said).not.toContain("api:");
  });
  await expect(page.locator("link[rel=icon]")).toHaveAttribute("href", "/icon-critical.svg");

  await story.heal("search");
  await expectVerdict(page, "ok");
  await expect(panelOf(page, "learn-web")).not.toContainText("/search");
  await expect.poll(() => downIn(story.lab, "learn")).toHaveLength(0);
});

test("what the board says of every server is what HAProxy says of it", async ({ page, story }) => {
  await story.break("health-500");
  await openPage(page, "/");
  await expect.poll(() => downIn(story.lab, "learn")).toEqual(["learn/web-03"]);
  await expect(panelOf(page, "lb").getByRole("button", { name: "web-03: down. Open" })).toBeVisible();
  // The board is a poll behind, and a check that fails once on a busy machine moves what HAProxy says.
  await expect(async () => {
    const theirs = Object.entries(await haproxyServers(story.lab));
    for (const said of ["UP", "DOWN"]) {
      const names = theirs.filter(([, status]) => status.startsWith(said)).map(([name]) => name.split("/")[1] ?? "");
      const shown = panelOf(page, "lb").getByRole("button", { name: new RegExp(`: ${said.toLowerCase()}\\b.*Open$`) });
      const words = await shown.evaluateAll((buttons) => buttons.map((button) => button.textContent?.trim() ?? ""));
      expect(words.sort()).toEqual(names.sort());
    }
  }).toPass({ timeout: 60_000 });
  const version = /^Version: (\S+)/m.exec(await askHaproxy(story.lab, "show info"))?.[1] ?? "no version";
  await expect(panelOf(page, "lb")).toContainText(version);
});

test("what the board says of PostgreSQL and Passenger is what their own tools say", async ({ page, story }) => {
  await story.break("replica-lag");
  await openPage(page, "/");
  await expect(panelOf(page, "pg-main")).toContainText("paused");
  // The board is a poll behind its servers, and Passenger may be starting a process: each is asked until both say the same.
  for (const host of pgHosts) await expect(() => samePostgres(story, host)).toPass({ timeout: 60_000 });
  for (const host of webHosts) await expect(() => samePassenger(story, host)).toPass({ timeout: 60_000 });
});

async function samePostgres(story: Story, host: (typeof pgHosts)[number]): Promise<void> {
  const [row] = await sql(
    story.lab,
    host,
    "select pg_is_in_recovery() as replica, case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end as paused",
  );
  const node = await nodeOf<PostgresNode>(story, "pg-main", host);
  expect([host, node.role, node.replica?.replayPaused ?? false]).toEqual([
    host,
    row?.replica === true ? "replica" : "primary",
    row?.paused === true,
  ]);
}

async function samePassenger(story: Story, host: (typeof webHosts)[number]): Promise<void> {
  const { registryDir } = webHostPaths(story.lab.folder, host);
  const { stdout: xml } = await runOnHost(
    story.lab,
    host,
    `env PASSENGER_INSTANCE_REGISTRY_DIR=${registryDir} passenger-status --show=xml`,
  );
  const node = await nodeOf<PassengerNode>(story, "learn-web", host);
  expect([host, node.pool?.processes]).toEqual([host, Number(/<process_count>(\d+)</.exec(xml)?.[1])]);
}

/** A node's part of what the board knows of its service right now. */
async function nodeOf<Node extends { readonly name: string }>(
  story: Story,
  service: string,
  name: string,
): Promise<Node> {
  const detail = (await story.board()).services.find(({ id }) => id === service)?.detail as { nodes: Node[] };
  const node = detail.nodes.find((each) => each.name === name);
  if (node === undefined) throw new Error(`${service} has no node ${name} on the board`);
  return node;
}

async function downIn(lab: Parameters<typeof haproxyServers>[0], backend: string): Promise<string[]> {
  const servers = await haproxyServers(lab);
  return Object.keys(servers).filter((name) => name.startsWith(`${backend}/`) && servers[name]?.startsWith("DOWN"));
}
