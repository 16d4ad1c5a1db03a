import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { factChangeWords, type KnownFacts, learnFacts } from "#lib/core/fact.ts";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { judge } from "#lib/core/rule.ts";
import { metricsOf } from "#lib/integrations/haproxy/collector.ts";
import { haproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import { haproxyFacts } from "#lib/integrations/haproxy/facts.ts";
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

for (const [name, changed] of [
  ["reload", /^lb-1: process id \d+ → \d+$/],
  ["reload", /^be_app\/web2: administrative state drain → ready$/],
  ["check-timeout", /^be_app\/web2: check L7STS 503 → L7TOUT$/],
] as const) {
  test(`recording ${name}: what changed is told: ${changed.source}`, () => {
    const scene = JSON.parse(readFileSync(path.join(folder, name, "case.json"), "utf8")) as Case;
    let known: KnownFacts = new Map();
    const words: string[] = [];
    for (const detail of picturesOf(name, scene)) {
      const learnt = learnFacts(known, haproxyFacts(detail));
      known = learnt.known;
      words.push(...learnt.changes.map(factChangeWords));
    }
    assert.ok(
      words.some((one) => changed.test(one)),
      words.join("\n"),
    );
  });
}

/** The last picture of a recorded case, in the words that a reader of the fixture can check against the recording. */
function play(name: string, scene: Case): unknown {
  const detail = picturesOf(name, scene).at(-1);
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

function picturesOf(name: string, scene: Case): HaproxyDetail[] {
  let at = Date.UTC(2026, 10, 20, 16);
  const pictures: HaproxyDetail[] = [];
  for (const poll of scene.polls) {
    at += poll.afterS * 1_000;
    const processes = Object.keys(poll.processes).map((process) => ({ name: process, socket: "/run/haproxy.sock" }));
    const config = haproxyConfig.parse({ processes, ...scene.config });
    const readings = Object.values(poll.processes).map((files) => read(name, files));
    pictures.push(observe(config, readings, pictures.at(-1), at));
  }
  return pictures;
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
