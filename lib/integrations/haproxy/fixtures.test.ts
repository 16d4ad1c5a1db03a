import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import { metricsOf } from "#lib/integrations/haproxy/collector.ts";
import { haproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { manifest } from "#lib/integrations/haproxy/manifest.ts";
import { observe } from "#lib/integrations/haproxy/observe.ts";
import {
  type ProcessReading,
  parseSocketAnswer,
  parseStatCsv,
  parseStatJson,
} from "#lib/integrations/haproxy/parse.ts";

interface Case {
  readonly about: string;
  readonly config?: Record<string, unknown>;
  readonly polls: readonly { readonly afterS: number; readonly processes: Readonly<Record<string, Files>> }[];
}

interface Files {
  readonly stat: string;
  readonly info?: string;
  readonly states?: string;
  readonly level?: string;
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

/** The last picture of a recorded case, in the words that a reader of the fixture can check against the recording. */
function play(name: string, scene: Case): unknown {
  let [detail, at]: [HaproxyDetail | undefined, number] = [undefined, Date.UTC(2026, 10, 20, 16)];
  for (const poll of scene.polls) {
    at += poll.afterS * 1_000;
    const processes = Object.keys(poll.processes).map((process) => ({ name: process, socket: "/run/haproxy.sock" }));
    const config = haproxyConfig.parse({ processes, ...scene.config });
    detail = observe(
      config,
      Object.values(poll.processes).map((files) => read(name, files)),
      detail,
      at,
    );
  }
  assert.ok(detail);
  for (const { value } of metricsOf(detail))
    assert.ok(value === null || value >= 0 || !Number.isFinite(value), "no rate is negative");
  const servers = detail.backends.flatMap((backend) => backend.servers);
  return {
    summary: manifest.summarise(detail),
    findings: judge(detail, manifest.rules).map(
      (finding) => `${finding.severity} ${finding.rule} · ${finding.message}`,
    ),
    servers: Object.fromEntries(servers.map((server) => [`${server.backend}/${server.name}`, wordsOf(server)])),
  };
}

function wordsOf(server: HaproxyDetail["backends"][number]["servers"][number]): string {
  const marks = [
    server.state,
    server.admin,
    server.inRotation ? "in rotation" : "out",
    ...(server.planned ? ["planned"] : []),
    ...(server.backup ? ["backup"] : []),
  ];
  const agent = server.agent === null ? "" : `; ${server.agent.reason}`;
  return `${marks.join(", ")}${server.check === null ? "" : `; ${server.check.reason}`}${agent}`;
}

function read(name: string, files: Files): Result<ProcessReading> {
  const text = (file: string) => readFileSync(path.join(folder, name, file), "utf8");
  if (files.states !== undefined && files.info !== undefined) {
    return parseSocketAnswer(`${files.level}\n\n${text(files.info)}\n${text(files.stat)}\n${text(files.states)}`);
  }
  const rows = files.stat.endsWith(".json") ? parseStatJson(text(files.stat)) : parseStatCsv(text(files.stat));
  if (!rows.ok) return err(failure("malformed", `${files.stat}: ${rows.error.what}`));
  return ok({ rows: rows.value, info: null, level: null, states: null });
}
