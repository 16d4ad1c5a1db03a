import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { sourceDigest } from "#lib/cli/build-web.ts";
import { check } from "#lib/cli/check.ts";
import { grant } from "#lib/cli/grant.ts";
import { holdFolder } from "#lib/cli/hold-folder.ts";
import { isLoopback, listenRefusal } from "#lib/cli/listen-rule.ts";
import { schema } from "#lib/cli/schema.ts";
import { isFree } from "#lib/cli/serve.ts";
import { start } from "#lib/cli/start.ts";
import { readableLog, type Surroundings } from "#lib/cli/surroundings.ts";
import {
  addUp,
  closingLine,
  playwrightCounts,
  playwrightFailures,
  tapCounts,
  tapFailures,
} from "#lib/cli/test-counts.ts";
import { webEnv } from "#lib/cli/web-env.ts";
import { noFront } from "#lib/config/front.ts";
import { makeKeyPair } from "#lib/transports/fault-injection/sshd.ts";

function folderFor(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-cli-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function surroundingsIn(cwd: string, env: Readonly<Record<string, string>> = {}) {
  const said: string[] = [];
  const complained: string[] = [];
  const surroundings: Surroundings = {
    env: { NODE_ENV: "test", ...env },
    cwd,
    signal: new AbortController().signal,
    say: (line) => said.push(line),
    complain: (line) => complained.push(line),
  };
  return { surroundings, said, complained };
}

test("start without a pitwall.yaml says in three lines how to get one", async (t) => {
  const folder = folderFor(t);
  const { surroundings, said, complained } = surroundingsIn(folder);
  assert.equal(await start(surroundings), 1);
  assert.equal(complained.length, 3, complained.join("\n"));
  assert.match(complained[0] ?? "", /pitwall\.yaml/);
  assert.match(complained.join("\n"), /npm run demo/);
  assert.deepEqual(said, []);
});

test("start listens beyond this machine only where nobody can read along, and says why", async (t) => {
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "board.example"]) {
    const folder = folderFor(t);
    writeFileSync(path.join(folder, "pitwall.yaml"), "services: []\n");
    const { surroundings, complained } = surroundingsIn(folder, { HOST: host });
    assert.equal(await start(surroundings), 1);
    assert.match(complained.join("\n"), /is refused: others could read .*\n.*tls: .*\n.*\n.*proxy: /);
    const tls = { certFile: "/cert.pem", keyFile: "/key.pem" };
    assert.equal(listenRefusal(host, { ...noFront, tls }), null);
    assert.equal(listenRefusal(host, { ...noFront, trustedProxies: ["10.0.0.2"] }), null);
    assert.equal(listenRefusal("127.0.0.1", noFront), null);
  }
});

test("loopback is what only this machine can reach", () => {
  for (const host of ["127.0.0.1", "127.0.77.2", "::1", "localhost"]) assert.ok(isLoopback(host), host);
  for (const host of ["0.0.0.0", "128.0.0.1", "::", "::ffff:10.0.0.1", "localhost.example", "127.1", ""]) {
    assert.ok(!isLoopback(host), host);
  }
});

test("start with a bad pitwall.yaml tells every problem and starts nothing", async (t) => {
  const folder = folderFor(t);
  writeFileSync(path.join(folder, "pitwall.yaml"), "servces: []\nhosts: []\n");
  const { surroundings, complained } = surroundingsIn(folder);
  assert.equal(await start(surroundings), 1);
  assert.match(complained.join("\n"), /pitwall\.yaml:1:1: unknown key `servces` — did you mean `services`\?/);
  assert.match(complained.join("\n"), /pitwall\.yaml:2:8: `hosts`: expected a map/);
  assert.match(complained.at(-1) ?? "", /problems; nothing was started$/);
});

test("check tells problems with line and caret, and what a good file means", (t) => {
  const folder = folderFor(t);
  const file = path.join(folder, "pitwall.yaml");
  writeFileSync(file, "services:\n  - 5\n");
  const bad = surroundingsIn(folder);
  assert.equal(check(bad.surroundings, undefined), 1);
  assert.deepEqual(bad.complained, [
    "pitwall.yaml:2:5: expected a service with `id` and `kind`, found the number 5\n    2 |   - 5\n      |     ^",
    "1 problem; nothing was started",
  ]);
  writeFileSync(file, "services: []\n");
  const good = surroundingsIn(folder);
  assert.equal(check(good.surroundings, "pitwall.yaml"), 0);
  assert.deepEqual(good.said, ["pitwall.yaml is good: 0 services, 0 kinds, 0 hosts, 0 secrets found"]);
});

test("check warns of a secret file that everybody can read", (t) => {
  const folder = folderFor(t);
  writeFileSync(path.join(folder, "id"), "hunter2", { mode: 0o644 });
  const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG3uKRzzFH1e0jr4xcKOAm1wHLfCy2PwVLFUzgPcGE3n";
  const text = `hosts: { a: { address: 10.0.0.1, user: u, key: "file:id", hostKey: "${hostKey}" } }\nservices: []\n`;
  writeFileSync(path.join(folder, "pitwall.yaml"), text);
  const { surroundings, complained } = surroundingsIn(folder);
  assert.equal(check(surroundings, undefined), 0);
  assert.deepEqual(complained, [
    `warning: ${folder}/id can be read by everybody on this machine; chmod 600 ${folder}/id`,
  ]);
});

test("grant prints all that a host needs, with exact rights, and says what changed since", (t) => {
  const folder = folderFor(t);
  const made = (name: string) => makeKeyPair(folder, name).publicKey;
  const [look, act, host] = [made("look"), made("act"), made("host")];
  const write = (shops: string) =>
    writeFileSync(
      path.join(folder, "pitwall.yaml"),
      `hosts:
  web-01: { address: 10.0.0.21, user: pitwall, mode: wrapper, key: "file:look", actKey: "file:act", hostKey: "${host}" }
services:
  - id: lb
    kind: haproxy
    processes: [{ name: lb-1, socket: "10.0.0.9:8404", from: web-01 }]
    units: [{ host: web-01, unit: apache2.service }]
    actions:
      - { id: flush, title: Flush, at: web-01, run: [sudo, -n, /bin/flush, "{shop}"], params: { shop: { enum: [${shops}] } }, verify: green }
`,
    );
  write("de, fr");
  const first = surroundingsIn(folder);
  assert.equal(grant(first.surroundings, "web-01", { from: "10.0.0.2" }), 0);
  const text = first.said.join("\n");
  const command = 'restrict,command="/usr/local/lib/pitwall/pitwall-run';
  const forwarding = 'port-forwarding,permitlisten="127.0.0.1:1",permitopen="10.0.0.9:8404"';
  assert.ok(text.includes(`${command} look /etc/pitwall/allowed",from="10.0.0.2",${forwarding} ${look} pitwall`));
  assert.ok(text.includes(`${command} act /etc/pitwall/allowed",from="10.0.0.2" ${act} pitwall`));
  assert.ok(text.includes("pitwall ALL=(root) NOPASSWD: /usr/bin/systemctl restart apache2.service\n"));
  assert.ok(text.includes("pitwall ALL=(root) NOPASSWD: /bin/flush fr\n"));
  assert.ok(text.includes("\nword /bin/flush\nmatch 2 2 n de|fr\nend\n"));
  const out = path.join(folder, "out");
  assert.equal(grant(surroundingsIn(folder).surroundings, "web-01", { write: out }), 0);
  const sudoers = path.join(out, "sudoers");
  assert.equal(spawnSync("/usr/sbin/visudo", ["-c", "-f", sudoers]).status, 0);
  write("de, it");
  const second = surroundingsIn(folder);
  assert.equal(grant(second.surroundings, "web-01", { write: out }), 0);
  assert.match(
    second.said.join("\n"),
    /^as before .*pitwall-run\n[\s\S]*^changed .*allowed [\s\S]*allows now {6}lb\.own-flush\.\w+\nallows no more {2}lb\.own-flush\./m,
  );
  const wrong = surroundingsIn(folder);
  assert.equal(grant(wrong.surroundings, "web-1", {}), 2);
  assert.deepEqual(wrong.complained, ["no entry under `hosts` is named web-1 — did you mean web-01?"]);
});

test("schema prints a JSON Schema", (t) => {
  const { surroundings, said } = surroundingsIn(folderFor(t));
  assert.equal(schema(surroundings), 0);
  assert.equal((JSON.parse(said.join("\n")) as { title: string }).title, "pitwall.yaml");
});

test("a data folder has one Pitwall at a time, and the lock of a dead one is taken over", (t) => {
  const folder = path.join(folderFor(t), "data");
  const first = holdFolder(folder);
  assert.ok(first.ok);
  const second = holdFolder(folder);
  assert.ok(!second.ok);
  assert.match(second.error, new RegExp(`another Pitwall \\(process ${process.pid}\\) runs on`));
  first.value[Symbol.dispose]();
  writeFileSync(path.join(folder, "pitwall.pid"), `${process.pid} 1\n`);
  const afterReuse = holdFolder(folder);
  assert.ok(afterReuse.ok, "a process of the same number that started at another time is another one");
  afterReuse.value[Symbol.dispose]();
  writeFileSync(path.join(folder, "pitwall.pid"), "4194304 1\n");
  const afterCrash = holdFolder(folder);
  assert.ok(afterCrash.ok);
  afterCrash.value[Symbol.dispose]();
  assert.throws(() => readFileSync(path.join(folder, "pitwall.pid")), /ENOENT/);
});

test("a port in use is seen before anything starts", async (t) => {
  const server = createServer();
  const port = await new Promise<number>((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
  t.after(() => server.close());
  assert.equal(await isFree("127.0.0.1", port), false);
});

test("the process that faces browsers gets no secret of the environment", () => {
  const env = webEnv(
    {
      NODE_ENV: "test",
      PATH: "/bin",
      LC_ALL: "C.UTF-8",
      PITWALL_PG_PASSWORD: "hunter2",
      DATABASE_PASSWORD: "x",
      HOME: "/h",
    },
    { PITWALL_DATA: "/data" },
  );
  assert.deepEqual(env, {
    PATH: "/bin",
    LC_ALL: "C.UTF-8",
    HOME: "/h",
    NEXT_TELEMETRY_DISABLED: "1",
    NODE_ENV: "production",
    PITWALL_DATA: "/data",
  });
});

test("a change of the web's sources is seen by content, and tests and recordings are no sources", (t) => {
  const folder = folderFor(t);
  const put = (name: string, text: string) => {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), text);
  };
  put("app/page.tsx", "one");
  put("lib/core/x.ts", "one");
  const before = sourceDigest(folder);
  put("lib/core/x.test.ts", "test");
  put("lib/integrations/a/fixtures/case/in.txt", "recorded");
  put("lib/poller/main.ts", "not of the web");
  put("app/page.tsx", "one");
  assert.equal(sourceDigest(folder), before);
  put("lib/core/x.ts", "two");
  assert.notEqual(sourceDigest(folder), before);
});

test("counts are those of the runners, and what broke off counts as failed", () => {
  const tap =
    "TAP version 13\nok 1 - a\n# tests 7\n# suites 1\n# pass 3\n# fail 1\n# cancelled 1\n# skipped 1\n# todo 1\n";
  assert.deepEqual(tapCounts(tap), { passed: 3, failed: 2, skipped: 2 });
  assert.equal(tapCounts("TAP version 13\nok 1 - a\n"), undefined);
  const json = JSON.stringify({ stats: { expected: 5, unexpected: 1, flaky: 1, skipped: 0, duration: 1 } });
  assert.deepEqual(playwrightCounts(json), { passed: 5, failed: 2, skipped: 0 });
  assert.equal(playwrightCounts("{"), undefined);
  assert.equal(
    closingLine(
      addUp([
        { passed: 3, failed: 2, skipped: 2 },
        { passed: 5, failed: 2, skipped: 0 },
      ]),
    ),
    "8 passed, 4 failed, 2 skipped",
  );
});

test("a failed test run ends with what failed and why", () => {
  const detail = (type: string, error: string) =>
    `    ---\n    failureType: '${type}'\n    error: ${error}\n    code: 'E'\n    ...\n`;
  const tap = [
    `    not ok 1 - keeps two\n${detail("testCodeFailure", "|-\n      values differ\n      \n      + 1\n      - 2")}`,
    `    not ok 2 - ends\n${detail("testTimeoutFailure", "'test timed out'")}`,
    `not ok 1 - a suite\n${detail("subtestsFailed", "'2 subtests failed'")}`,
  ].join("");
  assert.deepEqual(tapFailures(tap), ["keeps two\n    values differ\n    + 1\n    - 2", "ends\n    test timed out"]);
  const spec = (title: string, ok: boolean) => ({
    title,
    ok,
    tests: [{ results: [{ errors: ok ? [] : [{ message: "\u001b[31mno board\u001b[39m\n  at once" }] }] }],
  });
  const json = JSON.stringify({ suites: [{ specs: [spec("one", true)], suites: [{ specs: [spec("two", false)] }] }] });
  assert.deepEqual(playwrightFailures(json), ["two\n    no board\n    at once"]);
});

test("the demo shows the poller's log as a person reads it, and any other line as it is", () => {
  const entry = {
    level: 40,
    time: "2026-11-20T18:23:44.659Z",
    program: "poller",
    pid: 7,
    services: 5,
    by: "x",
    msg: "applied",
  };
  assert.equal(readableLog(JSON.stringify(entry)), "18:23:44 warning applied services=5 by=x");
  for (const line of ["plain", '{"level":', "{}"]) assert.equal(readableLog(line), line);
});
