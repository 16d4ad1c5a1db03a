import assert from "node:assert/strict";
import { test } from "node:test";
import type { Finding } from "#lib/core/finding.ts";
import { findingDto } from "#lib/wire/board.ts";

test("all that a finding says crosses the wire: a page judges by it as the poller does", () => {
  const whole: Required<Finding> = {
    rule: "replica-down",
    severity: "warning",
    node: "pg-c",
    subject: "pg_c",
    message: "replica is down",
    clause: "has lost a replica",
    value: 0,
    limit: 1,
    action: { id: "start", params: { node: "pg-c" } },
    selfMade: true,
    contained: "node",
    pointsAt: "pg-main",
  };
  assert.deepEqual(findingDto.parse(JSON.parse(JSON.stringify(whole))), whole);
});
