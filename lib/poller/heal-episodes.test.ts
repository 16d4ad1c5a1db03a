import assert from "node:assert/strict";
import { it } from "node:test";
import { createHealEpisodes } from "#lib/poller/heal-episodes.ts";

it("what goes on is told once and counted by polls, and what is different is told anew", async () => {
  const told: string[] = [];
  let now = 0;
  const count = async (id: string, { times }: { times: number }, over: number | null) =>
    void told.push(`${id} ${times} ${over === null ? "on" : `over at ${over}`}`);
  const episodes = createHealEpisodes({ count }, () => now);
  const tell = (same: string, polledAt: number) =>
    episodes.tell("web-02", same, polledAt, async () => {
      told.push(`new ${same}`);
      return same;
    });
  await tell("off", 1);
  await tell("off", 1);
  await tell("off", 2);
  assert.deepEqual(told, ["new off"], "the same poll, or a moment later, is no news");
  now = 30_000;
  await tell("off", 3);
  await tell("deploy", 4);
  await episodes.close("web-02");
  await episodes.close("web-02");
  assert.deepEqual(told, ["new off", "off 3 on", "off 3 over at 30000", "new deploy", "deploy 1 over at 30000"]);
  assert.deepEqual(episodes.targets(), []);
});
