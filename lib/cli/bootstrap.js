#!/usr/bin/env node
// Runs on any Node from 20 with nothing installed: makes sure that the packages and the store's client are there, then
// hands over to the Node that the lockfile names. Plain JavaScript, because an old Node cannot read TypeScript.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const main = path.join(root, "lib/cli/main.ts");
const oldestNode = 24;

const changed = ensurePackages();
const node = chooseNode();
ensureStoreClient(node, changed);
await handOver(node);

/** Installs exactly what the lockfile says, unless that is what is there. Returns whether anything was installed. */
function ensurePackages() {
  const lock = readFileSync(path.join(root, "package-lock.json"));
  const digest = createHash("sha256").update(lock).update(`${process.platform} ${process.arch}`).digest("hex");
  const stamp = path.join(root, "node_modules/.pitwall-packages");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return false;
  const install = !isInstalled(JSON.parse(lock.toString("utf8")));
  if (install) {
    say("Installing npm packages (about a minute the first time) …");
    const npm = process.env.npm_execpath;
    const args = ["ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund"];
    const [command, rest] = npm?.endsWith(".js") ? [process.execPath, [npm, ...args]] : ["npm", args];
    // Output goes to stderr, so that a command whose answer is piped on (`pitwall schema > file`) stays clean.
    const { status, error } = spawnSync(command, rest, { cwd: root, stdio: ["ignore", 2, 2] });
    if (status !== 0) fail(`npm ci failed${error ? `: ${error.message}` : ""}; see its output above`);
  }
  const link = path.join(root, "node_modules/.bin/pitwall");
  if (!existsSync(link)) symlinkSync("../../lib/cli/bootstrap.js", link);
  writeFileSync(stamp, digest);
  return install;
}

/** Whether npm's own record of what lies in node_modules agrees with the lockfile, optional packages of other machines aside. */
function isInstalled(lock) {
  const record = path.join(root, "node_modules/.package-lock.json");
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, "utf8")).packages;
  return Object.entries(lock.packages).every(([name, wanted]) => {
    if (name === "") return true;
    const found = installed[name];
    if (found === undefined) return Boolean(wanted.optional || wanted.devOptional || wanted.peer);
    return found.version === wanted.version && found.integrity === wanted.integrity;
  });
}

/** The locked Node where there is one for this machine; elsewhere the one that runs this, if it is new enough. */
function chooseNode() {
  const locked = path.join(root, "node_modules/.bin/node");
  if (existsSync(locked) && spawnSync(locked, ["--version"]).status === 0) return locked;
  if (Number(process.versions.node.split(".")[0]) >= oldestNode) return process.execPath;
  fail(`Pitwall needs Node ${oldestNode} or newer on this kind of machine; this is ${process.versions.node}`);
}

/** Generates the store's client from the schema when it is missing, older, or its generator was just replaced. */
function ensureStoreClient(node, packagesChanged) {
  const client = path.join(root, "lib/store/client/client.ts");
  const schema = path.join(root, "prisma/schema.prisma");
  if (!packagesChanged && existsSync(client) && statSync(client).mtimeMs >= statSync(schema).mtimeMs) return;
  const { status, stdout, stderr } = spawnSync(
    node,
    [path.join(root, "node_modules/prisma/build/index.js"), "generate", `--schema=${schema}`],
    {
      cwd: root,
      encoding: "utf8",
      // The schema engine is a download that `generate` never runs; naming any program spares it.
      env: {
        ...process.env,
        PRISMA_SCHEMA_ENGINE_BINARY: "/bin/true",
        PRISMA_HIDE_UPDATE_MESSAGE: "1",
        CHECKPOINT_DISABLE: "1",
      },
    },
  );
  if (status !== 0) fail(`the store's client could not be generated:\n${stdout}${stderr}`);
}

/** Runs the command line itself: here, when this is the right Node already, otherwise as a child that shares our fate. */
async function handOver(node) {
  if (realpathSync(node) === realpathSync(process.execPath)) {
    process.argv[1] = main;
    await import(main);
    return;
  }
  const bin = path.join(root, "node_modules/.bin");
  const env = { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ""}` };
  // The channel carries nothing: it closes when this process is gone, however it went, and the child ends then too.
  const child = spawn(node, [main, ...process.argv.slice(2)], { env, stdio: ["inherit", "inherit", "inherit", "ipc"] });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`${node} cannot be started: ${error.message}`));
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function fail(text) {
  say(`pitwall: ${text}`);
  process.exit(1);
}
