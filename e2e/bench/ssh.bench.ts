import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Figure, figure, percentile } from "#e2e/bench/figure.ts";
import { startFlagPoller } from "#e2e/drill/flag-poller.ts";
import { person } from "#e2e/people.ts";
import { wholeSight } from "#lib/access/sight.ts";
import { requestRun } from "#lib/commands/request-run.ts";
import { actionSchema } from "#lib/config/actions-schema.ts";
import type { Poller } from "#lib/poller/poller.ts";
import { makeKeyPair, type Sshd, serving, startSshd } from "#lib/transports/fault-injection/sshd.ts";
import { boardView } from "#lib/views/board-view.ts";
import { runView } from "#lib/views/run-view.ts";
import { isEnded } from "#lib/wire/run.ts";

const times = 15;

/** From the click on a remedy to the first line that its program printed, on a host behind a bastion. */
export async function figures(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "pitwall-bench-ssh-"));
  chmodSync(folder, 0o755);
  const key = makeKeyPair(folder, "key");
  const [bastion, web] = await Promise.all([startSshd("bench-bastion", key), startSshd("bench-web", key)]);
  for (const name of ["near", "far"]) writeFileSync(join(folder, name), "good");
  const file = `file:${join(folder, "key")}`;
  const hosts = { bastion: { ...bastion.host, key: file }, web: { ...web.host, key: file, via: "bastion" } };
  const verify = { run: ["/bin/true"], times: 1 };
  const action = actionSchema.parse({
    id: "say",
    title: "Say",
    at: "web",
    risk: "low",
    run: ["/bin/echo", "said"],
    verify,
  });
  const poller = await startFlagPoller(folder, { actions: [action] }, process.env, hosts);
  try {
    await untilOffered(poller);
    const client = openssh(folder, bastion, web);
    const [cold, warm] = [[] as number[], [] as number[]];
    const [bareCold, bareWarm] = [[] as number[], [] as number[]];
    for (let at = 0; at < times; at += 1) {
      for (const one of [...serving(web), ...serving(bastion)]) cut(one);
      await pause(100);
      cold.push(await firstLine(poller, at * 2));
      warm.push(await firstLine(poller, at * 2 + 1));
      bareCold.push(await client([]));
    }
    const master = ["-o", "ControlMaster=auto", "-o", `ControlPath=${join(folder, "m")}`, "-o", "ControlPersist=30"];
    await client(master);
    for (let at = 0; at < times; at += 1) bareWarm.push(await client(master));
    const told = (name: string, values: number[], aim: number, bare: number[], how: string) =>
      figure({
        name,
        value: percentile(values, 0.5),
        unit: "ms",
        aim,
        yardstick: { name: how, value: percentile(bare, 0.5), unit: "ms" },
      });
    return [
      told(
        "click to the first line of output over a bastion, warm",
        warm,
        300,
        bareWarm,
        "by `ssh` over a master connection",
      ),
      told("click to the first line of output over a bastion, cold", cold, 1_500, bareCold, "by `ssh -J`"),
    ];
  } finally {
    await poller.stop();
    await Promise.all([bastion.stop(), web.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One may end by the end of another. */
function cut(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function untilOffered({ store }: Poller): Promise<void> {
  for (;;) {
    const { services } = await boardView(store, wholeSight, Date.now());
    if (services.every((one) => one.actions.length > 0)) return;
    await pause(50);
  }
}

/** Milliseconds; the run's own end is waited for, so that the next finds nothing locked. */
async function firstLine({ store }: Poller, number: number): Promise<number> {
  const body = { serviceId: "near", action: "own-say", mode: "run" };
  const began = performance.now();
  const asked = await requestRun(store, person("bench"), { body, idempotencyKey: `bench-${number}` }, Date.now());
  if (!asked.ok) throw new Error(asked.error.detail);
  let tookMs = Number.NaN;
  for (;;) {
    const run = await runView(store, wholeSight, asked.value.id);
    if (!run.ok) throw new Error(run.error.detail);
    if (Number.isNaN(tookMs) && run.value.journal.some(({ kind }) => kind === "output"))
      tookMs = performance.now() - began;
    if (isEnded(run.value.state)) return tookMs;
    await pause(5);
  }
}

/** The ssh client itself: from its start to the first byte. */
function openssh(folder: string, bastion: Sshd, web: Sshd) {
  const host = (name: string, { host: it }: Sshd, more: string) =>
    `Host ${name}\n  HostName ${it.address}\n  Port ${it.port}\n  User ${it.user}\n${more}`;
  const config = join(folder, "ssh_config");
  const any = `Host *\n  IdentityFile ${join(folder, "key")}\n  IdentitiesOnly yes\n  BatchMode yes\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n`;
  writeFileSync(config, host("bastion", bastion, "") + host("web", web, "  ProxyJump bastion\n") + any);
  return async (more: readonly string[]): Promise<number> => {
    const began = performance.now();
    const child = spawn("/usr/bin/ssh", ["-F", config, ...more, "web", "echo said"], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const ended = once(child, "exit");
    await once(child.stdout, "data");
    const tookMs = performance.now() - began;
    await ended;
    return tookMs;
  };
}
