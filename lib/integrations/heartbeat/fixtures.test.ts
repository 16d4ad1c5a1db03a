import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Heartbeat } from "#lib/core/heartbeat.ts";
import { judge } from "#lib/core/rule.ts";
import { unknownOf } from "#lib/integrations/heartbeat/collector.ts";
import { heartbeatConfig } from "#lib/integrations/heartbeat/config.ts";
import { manifest } from "#lib/integrations/heartbeat/manifest.ts";
import { observe } from "#lib/integrations/heartbeat/observe.ts";
import { formFields } from "#lib/wire/form.ts";
import { heartbeatRequest, saidBy } from "#lib/wire/heartbeat.ts";

interface Case {
  readonly about: string;
  readonly config: Record<string, unknown>;
  /** Times are of ISO 8601. */
  readonly expectedSince: string;
  readonly deaf?: readonly { readonly from: string; readonly until: string }[];
  /** When it is looked at. */
  readonly looks: readonly string[];
}

const folder = path.join(import.meta.dirname, "fixtures");

for (const name of readdirSync(folder)) {
  const scene = JSON.parse(readFileSync(path.join(folder, name, "case.json"), "utf8")) as Case;
  test(`recording ${name}: ${scene.about}`, () => {
    const told = play(name, scene);
    const file = path.join(folder, name, "expected.json");
    assert.ok(
      existsSync(file),
      `a new recording needs its expected.json; it is judged as ${JSON.stringify(told, null, 2)}`,
    );
    assert.deepEqual(told, JSON.parse(readFileSync(file, "utf8")));
  });
}

/** Takes what curl sent, a line each with its time, as the door does, and tells what is made of it at each look. */
function play(name: string, { config, expectedSince, deaf = [], looks }: Case): unknown {
  const lines = readFileSync(path.join(folder, name, "sent.txt"), "utf8")
    .split("\n")
    .filter(Boolean);
  const sent = lines.map((line, index) => received(index + 1, line));
  const refused = sent.flatMap((each) => (typeof each === "string" ? [each] : []));
  const heartbeats = sent.filter((each) => typeof each !== "string");
  const since = Date.parse(expectedSince);
  const spans = deaf.map(({ from, until }) => ({ from: Date.parse(from), until: Date.parse(until) }));
  return {
    refused,
    looks: looks.map((look) => {
      const now = Date.parse(look);
      const came = heartbeats.filter(({ at }) => at <= now);
      const heard = spans.flatMap(({ from, until }) => (from < now ? [{ from, until: Math.min(until, now) }] : []));
      const mail = { heartbeats: came, deaf: heard, expectedSince: since };
      const detail = observe(heartbeatConfig.parse(config), mail, now);
      return {
        at: look,
        standing: detail.standing.is,
        unknown: unknownOf(detail.standing)?.what ?? null,
        findings: judge(detail, manifest.rules).map(
          ({ severity, rule, message }) => `${severity} ${rule} · ${message}`,
        ),
        runs: detail.runs.map(({ outcome, exitCode, durationMs }) => ({ outcome, exitCode, durationMs })),
        summary: manifest.summarise(detail),
        due: detail.dueAt === null ? null : new Date(detail.dueAt).toISOString(),
        ...(detail.printed === null ? {} : { printed: detail.printed }),
      };
    }),
  };
}

/** `2026-11-28T02:15:00Z 10.0.0.31 exitCode=0`: what arrived when and from where; or why it was refused. */
function received(id: number, line: string): Heartbeat | string {
  const [at = "", from = "", body = ""] = line.split(" ", 3);
  const fields = formFields(body);
  if (!fields.ok) return fields.error.detail;
  const parsed = heartbeatRequest.safeParse(fields.value);
  if (!parsed.success)
    return parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`).join("; ");
  const { exitCode = null, durationMs = null, run = null, message = null, log = null } = parsed.data;
  return { id, at: Date.parse(at), says: saidBy(parsed.data), run, exitCode, durationMs, message, log, from };
}
