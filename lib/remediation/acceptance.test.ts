import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";

const root = path.join(import.meta.dirname, "../..");

/** What a remedy and a shared snapshot must stand, each by the name that its test has. */
const promises = [
  "GET/HEAD/prefetch on every route changes nothing",
  "double click = one run",
  "two users same target = one run + 409",
  "plan stale by one topology change = 409",
  "approver = requester refused",
  "expired approval refused",
  "kill dashboard at every step boundary then resume",
  "SSH host key changes mid-run",
  "remote ignores TERM",
  "1 GB output",
  "stderr only",
  "channel never closes",
  "connection cut at step k => unknown",
  "HAProxy reload during drain",
  "sticky session never ends",
  "one of two LBs unreachable",
  "app never healthy",
  "primary alive but unreachable from us (standby streaming) => refuse",
  "two writable nodes => only containment",
  "candidate ahead/behind/wrong timeline/replay paused",
  "old primary returns after failover",
  "ES run aborted => allocation restored",
  "60 % pool red => no heal",
  "counters after restart",
  "snapshot viewer with network off",
  "snapshot of secret-laden output contains none",
  "Slackbot user agent gets no private data",
  "delete with view key refused",
  "expired link leaves no image",
] as const;

test("every promise has a test of its name", () => {
  const titles = ["app", "components", "e2e", "lib"].flatMap((folder) => titlesIn(path.join(root, folder)));
  const missing = promises.filter((promise) => !titles.some((title) => title.includes(promise)));
  assert.deepEqual(missing, []);
});

/** First words of each `test(` and `it(` below a folder. */
function titlesIn(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    /\.(test|spec)\.ts$/.test(file),
  );
  return files.flatMap((file) => {
    const text = readFileSync(path.join(folder, file), "utf8");
    return [...text.matchAll(/\b(?:test|it)\(\s*"((?:[^"\\]|\\.)+)"/g)].map(([, title = ""]) => title);
  });
}
