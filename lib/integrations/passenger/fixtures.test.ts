import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import { passengerConfig } from "#lib/integrations/passenger/config.ts";
import type { PassengerApp, PassengerNode } from "#lib/integrations/passenger/detail.ts";
import { manifest } from "#lib/integrations/passenger/manifest.ts";
import { failureOf } from "#lib/integrations/passenger/outcome.ts";
import { detailOf, parseNode } from "#lib/integrations/passenger/parse.ts";

interface Case {
  readonly about: string;
  readonly config?: Readonly<Record<string, unknown>>;
  readonly nodes: Readonly<Record<string, { xml?: End; json?: End; failure?: Failure }>>;
}

/** How a command ended: what it printed, as files beside the case. */
interface End {
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

const folder = path.join(import.meta.dirname, "fixtures");

for (const name of readdirSync(folder)) {
  const scene = JSON.parse(readFileSync(path.join(folder, name, "case.json"), "utf8")) as Case;
  test(`recording ${name}: ${scene.about}`, () => {
    const told = play(name, scene);
    const file = path.join(folder, name, "expected.json");
    // A new recording writes what it is judged as; read it before it is committed.
    if (!existsSync(file)) writeFileSync(file, `${JSON.stringify(told, null, 2)}\n`);
    assert.deepEqual(told, JSON.parse(readFileSync(file, "utf8")));
  });
}

function play(name: string, scene: Case): unknown {
  const nodes = Object.keys(scene.nodes).map((node) => ({ name: node, host: node }));
  const config = passengerConfig.parse({ nodes, ...scene.config });
  const detail = detailOf(
    config.nodes.map((node) => {
      const source = scene.nodes[node.name] ?? {};
      const read = (end: End | undefined) =>
        source.failure === undefined ? outputOf(name, node.name, end) : err(source.failure);
      return parseNode(config, node, { xml: read(source.xml), json: read(source.json) }, Date.UTC(2026, 10, 20, 17));
    }),
  );
  const stored = JSON.stringify(detail);
  assert.deepEqual(JSON.parse(stored), detail, "the detail is plain JSON");
  assert.doesNotMatch(
    stored,
    /api_key|SECRET|delay=|[A-Za-z0-9]{16}<|4WnDJSwaK0Tjt76m|k9byrXXUoCmI0GPP/,
    "no secret is stored",
  );
  return {
    summary: manifest.summarise(detail),
    findings: judge(detail, manifest.rules).map(
      (finding) => `${finding.severity} ${finding.rule} · ${finding.message}`,
    ),
    nodes: Object.fromEntries(detail.nodes.map((node) => [node.name, wordsOf(node)])),
  };
}

function outputOf(name: string, node: string, end: End | undefined): Result<string> {
  if (end === undefined) return err(failure("malformed", "not recorded"));
  const text = (file: string | undefined) =>
    file === undefined ? "" : readFileSync(path.join(folder, name, file), "latin1");
  const [stdout, stderr] = [text(end.stdout), text(end.stderr)];
  const answer = { exitCode: end.exitCode ?? 0, signal: null, stdout, stderr, droppedBytes: 0 };
  const failed = failureOf(answer, "passenger-status", node);
  return failed === null ? ok(stdout) : err(failed);
}

function wordsOf(node: PassengerNode): unknown {
  if (node.failure !== null) return `${node.failure.kind}: ${node.failure.what}`;
  const { pool } = node;
  return {
    pool: `${pool?.processes} processes, ${pool?.capacityUsed} of ${pool?.max} slots, ${pool?.topLevelQueue} at the top, ${pool?.queued} queued`,
    apps: node.apps.map(appWords),
    requests:
      node.requests?.map(
        (group) =>
          `${group.count} ${group.path} (${group.methods.join(" ")}): ${group.queued} queued, ${group.inApp} in the app, oldest ${group.oldestAgeS} s`,
      ) ?? null,
  };
}

function appWords(app: PassengerApp): unknown {
  return {
    app: `${app.label} ${app.uuid}, ${app.queue} queued, ${app.enabledProcesses} serve${app.cannotStart ? ", cannot start" : ""}`,
    processes: app.processes.map(
      (each) =>
        `${each.pid} ${each.enabled} ${each.lifeStatus}, ${each.sessions} sessions${each.full ? " (full)" : ""}, ${each.memoryBytes} bytes, up ${each.uptimeS} s, used ${each.lastUsedAgoS?.toFixed(1)} s ago${each.stuck ? ", stuck" : ""}`,
    ),
  };
}
