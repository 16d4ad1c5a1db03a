import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { readEnv } from "#lib/config/env.ts";
import type { HostConfig, PitwallConfig } from "#lib/config/model.ts";
import { formatProblemWithExcerpt } from "#lib/config/problem.ts";
import { readConfig } from "#lib/config/read-config.ts";
import { resolveSecret } from "#lib/config/secrets.ts";
import type { GrantedCommand } from "#lib/core/grant.ts";
import { nearest } from "#lib/core/nearest.ts";
import { sudoersOf } from "#lib/core/sudoers.ts";
import { registry } from "#lib/integrations/registry.ts";
import { type Grants, grantsOf } from "#lib/remediation/grants.ts";
import { publicKeyOf } from "#lib/transports/public-key.ts";
import { allowList } from "#lib/transports/wrapper/allow-list.ts";

export interface GrantOptions {
  readonly write?: string;
  readonly from?: string;
}

/** A file to install on a host. */
interface GrantFile {
  readonly name: string;
  readonly text: string;
  readonly place: string;
  readonly install: string;
  readonly check: string;
}

const program = "/usr/local/lib/pitwall/pitwall-run";
const list = "/etc/pitwall/allowed";

/** `pitwall grant HOST`: what to install there so that Pitwall may do what pitwall.yaml asks of it, and nothing else. */
export function grant(surroundings: Surroundings, name: string, options: GrantOptions): number {
  const { env, cwd, complain } = surroundings;
  const parsed = readEnv(env, cwd);
  if (!parsed.ok) {
    for (const line of parsed.error) complain(line);
    return 2;
  }
  const read = readConfig(parsed.value.configFile, { registry, env });
  if (!read.ok) {
    for (const problem of read.error) complain(formatProblemWithExcerpt(problem));
    return 1;
  }
  const host = read.value.hosts[name];
  if (host === undefined) {
    const near = nearest(name, Object.keys(read.value.hosts));
    const hint =
      near === undefined ? `; there are ${Object.keys(read.value.hosts).join(", ")}` : ` — did you mean ${near}?`;
    complain(`no entry under \`hosts\` is named ${name}${hint}`);
    return 2;
  }
  const grants = grantsOf(read.value, registry);
  const commands = grants.commands.filter((one) => one.host === name).map((one) => one.command);
  const sudoers = sudoersOf(host.user, commands);
  const files = filesFor(host, commands, sudoers.lines, {
    streams: grants.streams.filter((one) => one.host === name).map((one) => one.to),
    key: keyLines(read.value, host, env),
    from: options.from ?? (host.via === null ? undefined : read.value.hosts[host.via]?.address),
  });
  tell(surroundings, host, grants, sudoers.left);
  if (options.write === undefined) for (const file of files) print(file, surroundings);
  else writeAll(files, path.resolve(cwd, options.write), commands, surroundings);
  return grants.problems.length === 0 ? 0 : 1;
}

/** The public keys, or the words that stand where Pitwall cannot know them without asking a provider. */
function keyLines(config: PitwallConfig, host: HostConfig, env: NodeJS.ProcessEnv) {
  const publicOf = (reference: string) => {
    const found = resolveSecret(reference, { env, folder: path.dirname(config.file) });
    const key = found.ok ? publicKeyOf(found.value) : null;
    return key === null ? null : `${key} pitwall`;
  };
  return { look: publicOf(host.key), act: publicOf(host.actKey ?? host.key), apart: host.actKey !== undefined };
}

interface Login {
  readonly streams: readonly string[];
  readonly key: { readonly look: string | null; readonly act: string | null; readonly apart: boolean };
  readonly from: string | undefined;
}

function filesFor(
  host: HostConfig,
  commands: readonly GrantedCommand[],
  sudoers: readonly string[],
  login: Login,
): GrantFile[] {
  const wrapper = readFileSync(path.join(import.meta.dirname, "../transports/wrapper/pitwall-run.sh"), "utf8");
  const allowed = allowList(commands);
  const [first = ""] = allowed.split("\n");
  const wrapped: GrantFile[] = [
    {
      name: "pitwall-run",
      text: wrapper,
      place: program,
      install: `install -D -o root -g root -m 755 pitwall-run ${program}`,
      check: `sh -n ${program} && stat -c '%U %a' ${program}    # root 755`,
    },
    {
      name: "allowed",
      text: allowed,
      place: list,
      install: `install -D -o root -g root -m 644 allowed ${list}`,
      check: `head -n 1 ${list}    # ${first}`,
    },
  ];
  const authorized = {
    name: "authorized_keys",
    text: authorizedKeys(host, login),
    place: `~${host.user}/.ssh/authorized_keys`,
    install: `install -D -o root -g ${host.user} -m 640 authorized_keys ~${host.user}/.ssh/authorized_keys`,
    check: `ssh -i KEY -p ${host.port} ${host.user}@${host.address} pitwall-1 hello    # pitwall-run 1 look ${first}`,
  };
  const sudo: GrantFile = {
    name: "sudoers",
    text: `# What Pitwall may do as root: exact commands, no wildcards.\n${sudoers.join("\n")}\n`,
    place: "/etc/sudoers.d/pitwall",
    install: "visudo -c -f sudoers && install -o root -g root -m 440 sudoers /etc/sudoers.d/pitwall",
    check: `sudo -l -U ${host.user}`,
  };
  return [...wrapped, authorized, ...(sudoers.length === 0 ? [] : [sudo])];
}

/** `restrict` takes every right away, those that come with later versions of sshd among them. */
function authorizedKeys(host: HostConfig, { streams, key, from }: Login): string {
  const way = from === undefined ? "" : `,from="${from}"`;
  const line = (access: "look" | "act", publicKey: string | null, opened: string) => {
    const forced = `restrict,command="${program} ${access} ${list}"${way}`;
    return `${forced}${opened} ${publicKey ?? `PUT-THE-PUBLIC-HALF-OF-THE-${access.toUpperCase()}ING-KEY-HERE`}`;
  };
  const open = forwarding(streams);
  const apart = key.apart
    ? "the first key looks, the second acts"
    : "one key looks and acts; name an `actKey` to have two";
  const words = [
    `# Pitwall on ${host.name}: ${apart}.`,
    ...(from === undefined
      ? ['# Add from="…" with the address that Pitwall connects from (npx pitwall grant --from).']
      : []),
    ...(key.apart ? [line("look", key.look, open), line("act", key.act, "")] : [line("act", key.act, open)]),
  ];
  return `${words.join("\n")}\n`;
}

/** Addresses are named one by one. Of Unix sockets sshd knows only all or none, so their own modes guard them. */
function forwarding(streams: readonly string[]): string {
  if (streams.length === 0) return "";
  const addresses = [...new Set(streams.filter((to) => !to.startsWith("/")))];
  // A place where nothing listens: without one every address would be open.
  const open = addresses.length === 0 ? ["127.0.0.1:1"] : addresses;
  return `,port-forwarding,permitlisten="127.0.0.1:1"${open.map((to) => `,permitopen="${to}"`).join("")}`;
}

function tell({ complain }: Surroundings, host: HostConfig, grants: Grants, left: readonly string[]): void {
  if (host.mode !== "wrapper") {
    complain(`note: ${host.name} has no \`mode: wrapper\` in pitwall.yaml yet; add it once all of this is installed`);
  }
  if (host.actKey === undefined) {
    complain(`note: ${host.name} has no \`actKey\`: the key that polls may also act`);
  }
  for (const problem of grants.problems) complain(`problem: ${problem}`);
  for (const one of left) complain(`note: no exact line of sudoers can name ${one}; sudo refuses it`);
}

function print(file: GrantFile, { say }: Surroundings): void {
  say(`### ${file.name} → ${file.place}`);
  say(`# install: ${file.install}`);
  say(`# check:   ${file.check}`);
  say(file.text);
}

function writeAll(
  files: readonly GrantFile[],
  folder: string,
  commands: readonly GrantedCommand[],
  { say }: Surroundings,
): void {
  const before = readIfThere(path.join(folder, "allowed"));
  const ids = (text: string) => [...text.matchAll(/^command (\S+) /gm)].map(([, id]) => id ?? "");
  const [old, now] = [ids(before ?? ""), commands.map(({ id }) => id)];
  mkdirSync(folder, { recursive: true });
  for (const file of files) {
    const target = path.join(folder, file.name);
    const known = readIfThere(target);
    const word = known === undefined ? "new" : known === file.text ? "as before" : "changed";
    writeFileSync(target, file.text);
    say(`${word.padEnd(9)}  ${target} → ${file.place}`);
    if (word !== "as before") say(`           ${file.install}`);
    say(`           ${file.check}`);
  }
  if (before === undefined) return;
  for (const id of now.filter((one) => !old.includes(one))) say(`allows now      ${id}`);
  for (const id of old.filter((one) => !now.includes(one))) say(`allows no more  ${id}`);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
