import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";

/** Apache with Passenger as Debian ships them, started for one test as an unprivileged user on an address of its own. */
export interface RealPassenger {
  readonly registryDir: string;
  /** Group name of its one app. */
  readonly app: string;
  /** The command that starts its Apache, as `restart` of a node's configuration. */
  readonly startArgv: readonly string[];
  /** Status of one request; 0 when the connection broke. */
  get(url: string): Promise<number>;
  /** Lets all requests of `/slow` go on from now on, or wait. */
  hold(waits: boolean): void;
  /** Replaces the app's code, for its next start. */
  write(code: string): void;
  /** Ends Apache behind everybody's back. */
  stop(): void;
}

/** Requests to /slow wait until the file tmp/hold is gone; all others answer at once. */
export const soundApp = `hold = File.expand_path('tmp/hold', __dir__)
run lambda { |env|
  sleep 0.02 while env['PATH_INFO'].start_with?('/slow') && File.exist?(hold)
  [200, { 'content-type' => 'text/plain' }, ["ok\\n"]]
}
`;

const user = "www-data";
const port = 8_080;

export async function startPassenger(t: TestContext): Promise<RealPassenger> {
  const folder = mkdtempSync(path.join(tmpdir(), "pitwall-passenger-"));
  const address = ownAddress();
  for (const name of ["logs", "run", "registry", "buffer", "site", "site/public", "site/tmp"]) {
    mkdirSync(path.join(folder, name));
  }
  writeFileSync(path.join(folder, "site/config.ru"), soundApp);
  writeFileSync(path.join(folder, "httpd.conf"), apacheConfig(folder, address));
  own(folder);
  const apache = [...asUser(), "apache2", "-f", path.join(folder, "httpd.conf"), "-k"];
  t.after(() => {
    rmSync(path.join(folder, "site/tmp/hold"), { force: true });
    kill(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });
  const started = spawnSync(apache[0] ?? "", [...apache.slice(1), "start"], { encoding: "utf8", timeout: 20_000 });
  if (started.status !== 0) throw new Error(`Apache did not start: ${started.stderr}`);
  const get = (url: string) => request(`http://${address}:${port}${url}`);
  await until("Apache answers", async () => (await get("/")) === 200);
  return {
    registryDir: path.join(folder, "registry"),
    app: `${path.join(folder, "site")} (production)`,
    startArgv: [...apache, "start"],
    get,
    hold: (waits) => {
      if (waits) writeFileSync(path.join(folder, "site/tmp/hold"), "");
      else rmSync(path.join(folder, "site/tmp/hold"), { force: true });
    },
    write: (code) => writeFileSync(path.join(folder, "site/config.ru"), code),
    stop: () => kill(folder),
  };
}

/** Waits until the condition holds; fails after `withinMs` with the words. */
export async function until(words: string, holds: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const end = Date.now() + withinMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${words}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function ownAddress(): string {
  const byte = () => 1 + Math.floor(Math.random() * 253);
  return `127.${60 + Math.floor(Math.random() * 40)}.${byte()}.${byte()}`;
}

function asUser(): string[] {
  return process.getuid?.() === 0 ? ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"] : [];
}

/** Passenger runs as that user, so everything it writes to must be the user's. */
function own(folder: string): void {
  if (process.getuid?.() !== 0) return;
  const id = (flag: string) => Number(spawnSync("id", [flag, user], { encoding: "utf8" }).stdout);
  const [uid, gid] = [id("-u"), id("-g")];
  for (const name of ["", "logs", "run", "registry", "buffer", "site", "site/public", "site/tmp", "site/config.ru"]) {
    chownSync(path.join(folder, name), uid, gid);
  }
}

function kill(folder: string): void {
  const pid = pidOf(folder);
  if (pid === null) return;
  try {
    process.kill(pid, "SIGTERM");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function pidOf(folder: string): number | null {
  try {
    return Number(readFileSync(path.join(folder, "run/httpd.pid"), "utf8"));
  } catch {
    return null;
  }
}

async function request(url: string): Promise<number> {
  try {
    const answer = await fetch(url, { headers: { connection: "close" } });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}

function apacheConfig(folder: string, address: string): string {
  const modules = ["mpm_event", "authz_core", "mime", "dir", "env"].map(
    (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
  );
  return `ServerRoot ${folder}
ServerName passenger.test
Listen ${address}:${port}
PidFile run/httpd.pid
DefaultRuntimeDir run
ErrorLog logs/error.log
${modules.join("\n")}
LoadModule passenger_module /usr/lib/apache2/modules/mod_passenger.so
TypesConfig /etc/mime.types
StartServers 1
ServerLimit 2
ThreadsPerChild 25
MaxRequestWorkers 50
PassengerRoot /usr/lib/ruby/vendor_ruby/phusion_passenger/locations.ini
PassengerDefaultRuby /usr/bin/ruby
PassengerUserSwitching off
PassengerInstanceRegistryDir ${folder}/registry
PassengerDataBufferDir ${folder}/buffer
PassengerLogFile ${folder}/logs/passenger.log
PassengerMaxPoolSize 1
PassengerMinInstances 1
PassengerPoolIdleTime 0
PassengerDisableSecurityUpdateCheck on
PassengerDisableAnonymousTelemetry on
<VirtualHost ${address}:${port}>
  DocumentRoot ${folder}/site/public
  PassengerAppRoot ${folder}/site
  PassengerAppEnv production
  <Directory ${folder}/site/public>
    Require all granted
  </Directory>
</VirtualHost>
`;
}
