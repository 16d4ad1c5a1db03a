import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { apiReference } from "#lib/access/api-reference.ts";
import { listDoors } from "#lib/access/doors.ts";
import { openApi } from "#lib/access/openapi.ts";

const reference = apiReference(openApi("1.0.0"));
const doors = reference.groups.flatMap((group) => group.doors);
const doorAt = (path: string, method: string) =>
  doors.find((one) => one.method === method && one.path === path.replaceAll(/\[(\w+)\]/g, "{$1}"));

test("every door stands on the API's page once, with what it needs and what it refuses", () => {
  assert.equal(doors.length, listDoors().length);
  assert.equal(new Set(doors.map(({ id }) => id)).size, doors.length);
  for (const { path, method, door } of listDoors()) {
    const shown = doorAt(path, method);
    assert.ok(shown !== undefined, `${method} ${path}`);
    assert.equal(shown.summary, door.summary);
    assert.match(shown.needs, /^Needs /);
    assert.deepEqual(
      shown.answers.map(({ status }) => status),
      Object.keys(door.answers),
    );
    assert.ok(shown.refusals.some(({ about }) => about.includes("too-many-requests")));
    for (const name of Object.keys(door.query?.shape ?? {}))
      assert.ok(
        shown.parameters.some((one) => one.place === "query" && one.name === name),
        `${path}?${name}`,
      );
  }
});

test("each command to copy is one a shell reads, and its body is one that the door takes", () => {
  for (const { path, method, door } of listDoors()) {
    const { example = "" } = doorAt(path, method) ?? {};
    // The shell hands over its words, as it would hand them to curl.
    const script = `curl() { printf '%s\\0' "$@"; }; uuidgen() { echo 1; }; PITWALL_URL=http://h ID=i PITWALL_TOKEN=t; ${example}`;
    const said = execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
    assert.equal(
      said.find((word) => word.startsWith("http://h"))?.split("?")[0],
      `http://h${path.replace("[id]", "i")}`,
    );
    assert.equal(said.includes("authorization: Bearer t"), door.needs !== "anyone", path);
    if (door.body === undefined) continue;
    const body = door.body.safeParse(JSON.parse(said[said.indexOf("-d") + 1] ?? ""));
    assert.ok(body.success, `${method} ${path}: ${body.error?.message}`);
  }
});
