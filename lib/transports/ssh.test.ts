import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after, before, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { onLoopback } from "#e2e/servers/on-loopback.ts";
import type { HostConfig } from "#lib/config/model.ts";
import { failure } from "#lib/core/failure.ts";
import { exact, type Grant, type GrantedCommand, type GrantedWord, matching } from "#lib/core/grant.ts";
import { err, ok } from "#lib/core/result.ts";
import { failed, succeeded } from "#lib/transports/fault-injection/outcome.ts";
import { rawServer } from "#lib/transports/fault-injection/raw-server.ts";
import {
  type KeyPair,
  makeKeyPair,
  runs,
  type Sshd,
  serving,
  startSshd,
} from "#lib/transports/fault-injection/sshd.ts";
import { installWrapper } from "#lib/transports/fault-injection/wrapper.ts";
import { createReach } from "#lib/transports/reach.ts";
import { createSsh, type Ssh } from "#lib/transports/ssh.ts";
import type { CommandRequest } from "#lib/transports/types.ts";

const folder = mkdtempSync(path.join(tmpdir(), "pitwall-ssh-"));
const keys: Record<string, KeyPair> = { good: makeKeyPair(folder, "good"), stranger: makeKeyPair(folder, "stranger") };
let bastion: Sshd;
let web: Sshd;

before(async () => {
  [bastion, web] = await Promise.all([
    startSshd("bastion", keys.good as KeyPair),
    startSshd("web", keys.good as KeyPair),
  ]);
});
after(async () => {
  await Promise.all([bastion?.stop(), web?.stop()]);
  rmSync(folder, { recursive: true });
});

/** A transport of the test's own, closed with it. Keys are named `good`, `stranger`, `garbage`; others are missing. */
function sshTo(t: TestContext, hosts: Record<string, HostConfig>, grants: readonly Grant[] = []): Ssh {
  const ssh = createSsh({
    reach: createReach(onLoopback),
    hosts,
    grants,
    environment: process.env,
    secret(reference) {
      if (reference === "garbage")
        return ok("-----BEGIN OPENSSH PRIVATE KEY-----\nbroken\n-----END OPENSSH PRIVATE KEY-----\n");
      const key = keys[reference];
      return key ? ok(key.privateKey) : err(failure("secret-missing", `there is no ${reference}`));
    },
  });
  t.after(() => ssh.close());
  return ssh;
}

const webHost = (more: Partial<HostConfig> = {}): HostConfig => ({ ...web.host, key: "good", ...more });
const bastionHost = (more: Partial<HostConfig> = {}): HostConfig => ({ ...bastion.host, key: "good", ...more });

function command(argv: readonly [string, ...string[]], more: Partial<CommandRequest> = {}): CommandRequest {
  return { argv, timeoutMs: 20_000, maxBytes: 1_000_000, signal: new AbortController().signal, ...more };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 3_000) assert.fail(`did not come true: ${what}`);
    await pause(20);
  }
}

test("a key that was changed behind its reference is used at once, for the hosts behind it as well", async (t) => {
  const ssh = sshTo(t, { bastion: bastionHost({ key: "turning" }), web: webHost({ via: "bastion" }) });
  keys.turning = keys.good as KeyPair;
  t.after(() => delete keys.turning);
  succeeded(await ssh.run("web", command(["true"])));
  ssh.retireOldKeys();
  succeeded(await ssh.run("web", command(["true"])));
  keys.turning = keys.stranger as KeyPair;
  ssh.retireOldKeys();
  failed(await ssh.run("bastion", command(["true"])), "unauthorized");
  failed(await ssh.run("web", command(["true"])), "bastion-failed");
});

test("a command's exit code, output and errors come back, here and over ssh alike", async (t) => {
  const ssh = sshTo(t, { web: webHost() });
  for (const host of ["local", "web"]) {
    const answer = succeeded(await ssh.run(host, command(["sh", "-c", "echo out; echo err >&2; exit 3"])));
    assert.deepEqual(answer, { exitCode: 3, signal: null, stdout: "out\n", stderr: "err\n", droppedBytes: 0 }, host);
  }
});

test("no argument, variable or input is ever read by a shell", async (t) => {
  const ssh = sshTo(t, { web: webHost() });
  const hard = [
    "it's",
    "a b",
    "",
    "$HOME `id` $(id)",
    "a\nb",
    "*",
    "\\",
    '"',
    "-n",
    "!x",
    "ünï",
    "~",
    "; exit 9",
    "'\\''",
  ];
  for (const host of ["local", "web"]) {
    const script = 'cat; printf "%s" "$VALUE"; for a; do printf "<%s>" "$a"; done';
    const more = { env: { VALUE: "$(id); 'x" }, stdin: "typed `in`\n" };
    const answer = succeeded(await ssh.run(host, command(["sh", "-c", script, "sh", ...hard], more)));
    assert.equal(answer.stdout, `typed \`in\`\n$(id); 'x${hard.map((word) => `<${word}>`).join("")}`, host);
  }
  await assert.rejects(ssh.run("web", command(["sh"], { env: { "A;id": "1" } })), TypeError);
  await assert.rejects(ssh.run("web", command(["-c"])), TypeError);
});

test("lines come as they are printed, whole and free of control sequences", async (t) => {
  const ssh = sshTo(t, { web: webHost() });
  const script = String.raw`printf '\033[31mred\033[0m\r\n\033]0;title\007plain\nhalf'; sleep 0.2; printf ' and half\n'; printf 'problem' >&2`;
  for (const host of ["local", "web"]) {
    const lines: string[] = [];
    succeeded(
      await ssh.run(
        host,
        command(["sh", "-c", script], { onLine: (line, stream) => lines.push(`${stream}: ${line}`) }),
      ),
    );
    assert.deepEqual(
      lines.toSorted(),
      ["stderr: problem", "stdout: half and half", "stdout: red", "stdout: ␛]0;title␇plain"],
      host,
    );
  }
});

test("stderr only: a command that only complains is read to its end", async (t) => {
  const ssh = sshTo(t, { web: webHost() });
  const script =
    "i=0; while [ $i -lt 100000 ]; do echo 'a line of complaint that is rather long, like many are' >&2; i=$((i+1)); done";
  const answer = succeeded(await ssh.run("web", command(["sh", "-c", script], { maxBytes: 1_000 })));
  assert.equal(answer.exitCode, 0);
  assert.equal(answer.stderr.length, 1_000);
  assert.equal(answer.droppedBytes, 5_500_000 - 1_000);
});

test("1 GB output: it is drained and counted, the head is kept, memory is not", async (t) => {
  const ssh = sshTo(t, { web: webHost() });
  const flood = (bytes: number) =>
    ssh.run("web", command(["head", "-c", String(bytes), "/dev/zero"], { timeoutMs: 120_000, maxBytes: 10_000 }));
  succeeded(await flood(50_000_000));
  const before = process.memoryUsage().rss;
  const answer = succeeded(await flood(1_000_000_000));
  assert.equal(answer.stdout.length, 10_000);
  assert.equal(answer.droppedBytes, 1_000_000_000 - 10_000);
  const grown = process.memoryUsage().rss - before;
  // A tenth of what came by: the collector frees buffers when it likes.
  assert.ok(grown < 100_000_000, `memory grew by ${grown}`);
});

test("a program that is not installed is told by exit code 127 over ssh and by its own failure here", async (t) => {
  const ssh = sshTo(t, { web: webHost() });
  assert.equal(succeeded(await ssh.run("web", command(["no-such-program"]))).exitCode, 127);
  failed(await ssh.run("local", command(["no-such-program"])), "command-not-found");
  failed(await ssh.run("local", command(["/etc"])), "forbidden");
  failed(await ssh.run("local", command(["echo", "x".repeat(200_000)])), "internal");
});

test("commands here inherit no secrets", async (t) => {
  const ssh = createSsh({
    reach: createReach(onLoopback),
    hosts: {},
    secret: () => ok(""),
    environment: { PATH: process.env.PATH, PITWALL_PG_PASSWORD: "secret" },
  });
  t.after(() => ssh.close());
  const { stdout } = succeeded(await ssh.run("local", command(["env"])));
  assert.match(stdout, /^PATH=/m);
  assert.doesNotMatch(stdout, /secret/);
});

test("remote ignores TERM: a command that takes too long is ended with its children, and that is proven", async (t) => {
  const ssh = sshTo(t, { web: webHost() });
  const script = "trap '' TERM; sleep 1001 & echo $$ $!; sleep 1002; sleep 1003";
  for (const host of ["local", "web"]) {
    let pids: number[] = [];
    const onLine = (line: string) => {
      pids = line.split(" ").map(Number);
    };
    // Its time is for the command alone: on a busy machine a login takes as long.
    succeeded(await ssh.run(host, command(["true"])));
    const failure = failed(await ssh.run(host, command(["sh", "-c", script], { timeoutMs: 4_000, onLine })), "timeout");
    assert.equal(failure.what, `sh on ${host} did not end within 4.0 s; it was ended there and is gone`);
    assert.equal(failure.mayStillRun, undefined);
    assert.equal(pids.length, 2);
    for (const pid of pids) assert.equal(runs(pid), false, `${host}: ${pid} still runs`);
  }
});

test("a stopped command is ended over there too", async (t) => {
  const ssh = sshTo(t, { web: webHost() });
  for (const host of ["local", "web"]) {
    const stop = new AbortController();
    let pid = 0;
    const onLine = (line: string) => {
      pid = Number(line);
      stop.abort();
    };
    const failure = failed(
      await ssh.run(host, command(["sh", "-c", "echo $$; exec sleep 1004"], { signal: stop.signal, onLine })),
      "aborted",
    );
    assert.match(failure.what, /is gone$/);
    assert.equal(runs(pid), false);
  }
  failed(await ssh.run("local", command(["true"], { signal: AbortSignal.abort() })), "aborted");
  failed(await ssh.run("web", command(["true"], { signal: AbortSignal.abort() })), "aborted");
});

test("channel never closes: what a command leaves in the background does not hold up its answer", async (t) => {
  const ssh = sshTo(t, { web: webHost() });
  for (const host of ["local", "web"]) {
    const answer = succeeded(await ssh.run(host, command(["sh", "-c", "sleep 1005 & echo $!"])));
    assert.equal(answer.exitCode, 0);
    process.kill(Number(answer.stdout));
  }
});

test("a host that freezes under a command may still run it, and the failure says so", async (t) => {
  const own = await startSshd("frozen", keys.good as KeyPair);
  t.after(() => own.stop());
  const ssh = sshTo(t, { frozen: { ...own.host, key: "good" } });
  succeeded(await ssh.run("frozen", command(["true"])));
  let frozen: number[] = [];
  const onLine = () => {
    frozen = serving(own);
    for (const pid of frozen) process.kill(pid, "SIGSTOP");
  };
  t.after(() => {
    for (const pid of frozen.filter(runs)) process.kill(pid, "SIGCONT");
  });
  const failure = failed(
    await ssh.run("frozen", command(["sh", "-c", "echo go; exec sleep 30"], { timeoutMs: 4_000, onLine })),
    "timeout",
  );
  assert.equal(failure.mayStillRun, true);
  assert.match(failure.what, /whether it still runs there( as pid \d+)? is not known$/);
});

test("a warm connection is used again, by many at once, beyond what sshd allows at a time", async (t) => {
  const own = await startSshd("busy", keys.good as KeyPair);
  t.after(() => own.stop());
  const ssh = sshTo(t, { busy: { ...own.host, key: "good" } });
  const all = await Promise.all(Array.from({ length: 30 }, (_, n) => ssh.run("busy", command(["echo", String(n)]))));
  assert.deepEqual(
    all.map((result) => succeeded(result).stdout),
    Array.from({ length: 30 }, (_, n) => `${n}\n`),
  );
  assert.equal(serving(own).length, 2);
});

test("a warm connection that died meanwhile is replaced without a word", async (t) => {
  const own = await startSshd("mortal", keys.good as KeyPair);
  t.after(() => own.stop());
  const ssh = sshTo(t, { mortal: { ...own.host, key: "good" } });
  succeeded(await ssh.run("mortal", command(["true"])));
  for (const pid of serving(own)) process.kill(pid, "SIGKILL");
  assert.equal(succeeded(await ssh.run("mortal", command(["echo", "again"]))).stdout, "again\n");
});

test("a connection that breaks under a command is reset, and the command may still run", async (t) => {
  const own = await startSshd("breaking", keys.good as KeyPair);
  t.after(() => own.stop());
  const ssh = sshTo(t, { breaking: { ...own.host, key: "good" } });
  let pid = 0;
  const onLine = (line: string) => {
    pid = Number(line);
    for (const child of serving(own)) process.kill(child, "SIGKILL");
  };
  const failure = failed(
    await ssh.run("breaking", command(["sh", "-c", "echo $$; exec sleep 1006"], { onLine })),
    "reset",
  );
  assert.equal(failure.mayStillRun, true);
  process.kill(pid, "SIGKILL");
});

test("a key that is not pinned is refused before the login, and its fingerprint is told", async (t) => {
  const ssh = sshTo(t, { web: webHost({ hostKeys: [] }), garbled: webHost({ hostKeys: ["ssh-ed25519"] }) });
  const failure = failed(await ssh.run("web", command(["true"])), "host-key-unknown");
  assert.match(failure.said ?? "", /shows ssh-ed25519 SHA256:[A-Za-z0-9+/]{43}$/);
  failed(await ssh.run("garbled", command(["true"])), "host-key-unknown");
});

test("a changed host key is refused, of the same type and of another", async (t) => {
  const other = makeKeyPair(folder, `other-${process.hrtime.bigint()}`);
  const rsa = makeKeyPair(folder, `rsa-${process.hrtime.bigint()}`, "rsa");
  const ssh = sshTo(t, {
    changed: webHost({ hostKeys: [other.publicKey] }),
    otherType: webHost({ hostKeys: [rsa.publicKey] }),
    oneOfTwo: webHost({ hostKeys: [other.publicKey, ...web.host.hostKeys] }),
  });
  assert.match(
    failed(await ssh.run("changed", command(["true"])), "host-key-changed").what,
    /shows ssh-ed25519 SHA256:\S+, pinned is SHA256:/,
  );
  assert.match(
    failed(await ssh.run("otherType", command(["true"])), "host-key-changed").what,
    /no host key of type ssh-rsa/,
  );
  succeeded(await ssh.run("oneOfTwo", command(["true"])));
});

test("an unknown user, an unknown key, an unusable key and a missing one are told apart", async (t) => {
  const ssh = sshTo(t, {
    user: webHost({ user: "nobody-here" }),
    key: webHost({ key: "stranger" }),
    garbage: webHost({ key: "garbage" }),
    missing: webHost({ key: "elsewhere" }),
  });
  assert.match(
    failed(await ssh.run("user", command(["true"])), "unauthorized").what,
    /refused the key of user nobody-here$/,
  );
  failed(await ssh.run("key", command(["true"])), "unauthorized");
  const garbage = failed(await ssh.run("garbage", command(["true"])), "unauthorized");
  assert.match(garbage.what, /^the private key for .* cannot be used$/);
  assert.doesNotMatch(JSON.stringify(garbage), /broken/);
  failed(await ssh.run("missing", command(["true"])), "secret-missing");
  failed(await ssh.run("unheard-of", command(["true"])), "name-not-found");
  failed(await ssh.run("toString", command(["true"])), "name-not-found");
});

test("no sshd, a silent one, a closing one and something else are told apart", async (t) => {
  const silent = await rawServer(t, () => {});
  const closing = await rawServer(t, (socket) => socket.destroy());
  const web = await rawServer(t, (socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
  const full = await rawServer(t, (socket) => socket.end("Exceeded MaxStartups\r\n"));
  const mad = await rawServer(t, (socket) =>
    socket.end(Buffer.concat([Buffer.from("SSH-2.0-mad\r\n"), Buffer.alloc(100_000, 0xff)])),
  );
  const at = (port: number) => webHost({ port });
  const ssh = sshTo(t, {
    refused: at(1),
    silent: at(silent.port),
    closing: at(closing.port),
    web: at(web.port),
    full: at(full.port),
    mad: at(mad.port),
  });
  failed(await ssh.run("refused", command(["true"])), "refused");
  const timeout = failed(await ssh.run("silent", command(["true"], { timeoutMs: 500 })), "timeout");
  assert.equal(timeout.what, `no SSH greeting from 127.0.0.1:${silent.port} within 500 ms`);
  failed(await ssh.run("closing", command(["true"])), "reset");
  assert.equal(failed(await ssh.run("web", command(["true"])), "malformed").said, "HTTP/1.1 400 Bad Request");
  failed(await ssh.run("full", command(["true"])), "too-many-connections");
  assert.equal((await ssh.run("mad", command(["true"]))).ok, false);
});

test("a host behind a bastion is reached, over one warm connection to each", async (t) => {
  const ssh = sshTo(t, { jump: bastionHost(), web: webHost({ via: "jump" }), too: webHost({ via: "jump" }) });
  const both = await Promise.all([ssh.run("web", command(["echo", "a"])), ssh.run("too", command(["echo", "b"]))]);
  assert.deepEqual(
    both.map((result) => succeeded(result).stdout),
    ["a\n", "b\n"],
  );
});

test("a failing bastion is named with its own reason, and not the host behind it", async (t) => {
  const strict = await startSshd("strict", keys.good as KeyPair, ["AllowTcpForwarding no"]);
  t.after(() => strict.stop());
  const silent = await rawServer(t, () => {});
  const ssh = sshTo(t, {
    down: bastionHost({ port: 1 }),
    changed: bastionHost({ hostKeys: [(keys.stranger as KeyPair).publicKey] }),
    locked: bastionHost({ key: "stranger" }),
    strict: { ...strict.host, key: "good" },
    silent: bastionHost({ port: silent.port }),
    jump: bastionHost(),
    circle: webHost({ via: "circle" }),
    ...Object.fromEntries(
      ["down", "changed", "locked", "strict", "silent", "nowhere"].map((via) => [`behind-${via}`, webHost({ via })]),
    ),
    dead: webHost({ via: "jump", port: 1 }),
    pinned: webHost({ via: "jump", hostKeys: [] }),
  });
  const what = async (name: string) => failed(await ssh.run(name, command(["true"])), "bastion-failed").what;
  assert.match(await what("behind-down"), /^bastion down: 127\.0\.0\.1:1 refused the connection$/);
  assert.match(await what("behind-changed"), /^bastion changed: .*pinned is/);
  assert.match(await what("behind-locked"), /^bastion locked: .*refused the key/);
  assert.match(await what("behind-strict"), /^bastion strict: .*does not allow forwarding to 127\.0\.0\.1:/);
  assert.match(await what("behind-nowhere"), /^bastion nowhere: no host is configured/);
  assert.match(await what("circle"), /circle/);
  assert.match(
    failed(await ssh.run("behind-silent", command(["true"], { timeoutMs: 500 })), "timeout").what,
    /^no SSH greeting from/,
  );
  failed(await ssh.run("dead", command(["true"])), "refused");
  failed(await ssh.run("pinned", command(["true"])), "host-key-unknown");
});

test("a bastion that died meanwhile is connected to anew", async (t) => {
  const own = await startSshd("jumpy", keys.good as KeyPair);
  t.after(() => own.stop());
  const ssh = sshTo(t, { jump: { ...own.host, key: "good" }, web: webHost({ via: "jump" }) });
  succeeded(await ssh.run("web", command(["true"])));
  for (const pid of serving(own)) process.kill(pid, "SIGKILL");
  assert.equal(succeeded(await ssh.run("web", command(["echo", "again"]))).stdout, "again\n");
});

test("a forced command answers in its own way, without the wrapping", async (t) => {
  const forced = {
    ...(keys.good as KeyPair),
    publicKey: `command="echo forced: \\"$SSH_ORIGINAL_COMMAND\\" | tail -n 1; echo aside >&2" ${(keys.good as KeyPair).publicKey}`,
  };
  const own = await startSshd("forced", forced);
  t.after(() => own.stop());
  const ssh = sshTo(t, { forced: { ...own.host, key: "good" } });
  const answer = succeeded(await ssh.run("forced", command(["sudo", "-n", "passenger-status", "--show=xml"])));
  assert.match(answer.stdout, / pitwall sudo -n passenger-status --show=xml\n$/);
  assert.equal(answer.stderr, "aside\n");
});

test("behind the wrapper a command is found by its words, its end is proven, and each key may do its own", async (t) => {
  const shell = (script: string): GrantedWord[] => ["sh", "-c", script, "sh"].map(exact);
  const commands: GrantedCommand[] = [
    {
      id: "say",
      about: "",
      access: "look",
      words: [exact("printf"), exact("<%s>"), matching("[a-z ]+")],
      limitSeconds: 30,
    },
    {
      id: "stay",
      about: "",
      access: "act",
      words: shell("trap '' TERM; sleep 1006 & echo $$ $!; sleep 1007; sleep 1008"),
      limitSeconds: 30,
    },
    {
      id: "tell",
      about: "",
      access: "act",
      words: shell('printf "$TOKEN"; exit 7'),
      secrets: ["TOKEN"],
      limitSeconds: 30,
    },
  ];
  const wrapper = installWrapper(commands);
  t.after(() => wrapper.remove());
  const [look, act] = [keys.good as KeyPair, keys.stranger as KeyPair];
  const lines = `${wrapper.line(look, "look")}\n${wrapper.line(act, "act")}`;
  const own = await startSshd("wrapped", { ...look, publicKey: lines });
  t.after(() => own.stop());
  const host: HostConfig = { ...own.host, key: "good", actKey: "stranger", mode: "wrapper" };
  const grants = commands.map((one) => ({ host: "web", command: one }));
  const ssh = sshTo(t, { web: host }, grants);
  assert.equal(succeeded(await ssh.run("web", command(["printf", "<%s>", "two words"]))).stdout, "<two words>");
  const told = succeeded(
    await ssh.run("web", command(["sh", "-c", 'printf "$TOKEN"; exit 7', "sh"], { secretEnv: { TOKEN: 'a"b\\c' } })),
  );
  assert.deepEqual([told.exitCode, told.stdout, told.stderr], [7, 'a"b\\c', ""]);
  let pids: number[] = [];
  const onLine = (line: string) => {
    pids = line.split(" ").map(Number);
  };
  const script = "trap '' TERM; sleep 1006 & echo $$ $!; sleep 1007; sleep 1008";
  const late = failed(
    await ssh.run("web", command(["sh", "-c", script, "sh"], { timeoutMs: 6_000, onLine })),
    "timeout",
  );
  assert.match(late.what, /it was ended there and is gone$/);
  assert.equal(pids.length, 2);
  for (const pid of pids) assert.equal(runs(pid), false);
  const free = failed(await ssh.run("web", command(["id"])), "forbidden");
  assert.match(free.what, /npx pitwall grant web/);
  // The same by the wrong key, and with a list that the host has not got.
  const poor = sshTo(t, { web: { ...host, actKey: "good" } }, grants);
  assert.match(
    failed(await poor.run("web", command(["sh", "-c", script, "sh"])), "forbidden").what,
    /this key may only look/,
  );
  const newer = sshTo(t, { web: host }, [
    { host: "web", command: { ...(commands[0] as GrantedCommand), id: "say.2" } },
  ]);
  assert.match(
    failed(await newer.run("web", command(["printf", "<%s>", "x"])), "forbidden").what,
    /say\.2 is not on the allow-list/,
  );
  const bare = sshTo(t, { web: { ...webHost(), mode: "wrapper" } }, grants);
  assert.match(
    failed(await bare.run("web", command(["printf", "<%s>", "x"])), "forbidden").what,
    /no wrapper behind this key/,
  );
});

test("hosts are replaced while running: the new way is taken, what runs ends undisturbed", async (t) => {
  const ssh = sshTo(t, { web: webHost() });
  let started = () => {};
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  const slow = ssh.run("web", command(["sh", "-c", "echo go; sleep 1; echo done"], { onLine: () => started() }));
  await running;
  ssh.replaceHosts({ web: webHost({ port: 1 }) });
  failed(await ssh.run("web", command(["true"])), "refused");
  assert.equal(succeeded(await slow).stdout, "go\ndone\n");
  ssh.replaceHosts({});
  failed(await ssh.run("web", command(["true"])), "name-not-found");
});

test("closing ends what is open, and nothing is begun after it", async (t) => {
  const own = await startSshd("closing", keys.good as KeyPair);
  t.after(() => own.stop());
  const ssh = sshTo(t, { web: { ...own.host, key: "good" } });
  succeeded(await ssh.run("web", command(["true"])));
  await ssh.close();
  failed(await ssh.run("web", command(["true"])), "aborted");
  await until("sshd has no connection left", () => serving(own).length === 0);
});
