import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolders, writeOwned } from "#e2e/lab/folder.ts";
import { type Lab, ports, type WebHost, webHosts } from "#e2e/lab/layout.ts";
import { endPids, giveToOwner, livingPid, run } from "#e2e/lab/process.ts";
import { listens, until } from "#e2e/lab/until.ts";

export interface WebHostPaths {
  readonly home: string;
  readonly conf: string;
  readonly pidFile: string;
  /** PassengerInstanceRegistryDir: where Passenger's tools look for it. */
  readonly registryDir: string;
  readonly appRoot: string;
  /** While this file exists, `/health` answers 500. */
  readonly health500Flag: string;
}

export function webHostPaths(folder: string, host: WebHost): WebHostPaths {
  const home = join(folder, host);
  const appRoot = join(home, "app");
  return {
    home,
    conf: join(home, "httpd.conf"),
    pidFile: join(home, "httpd.pid"),
    registryDir: join(home, "registry"),
    appRoot,
    health500Flag: join(appRoot, "tmp", "health-500"),
  };
}

/** What starts or restarts a host's Apache, also when it is dead. */
export function apacheArgv(folder: string, host: WebHost, verb: "start" | "stop" | "restart"): [string, ...string[]] {
  return ["/usr/sbin/apache2", "-f", webHostPaths(folder, host).conf, "-k", verb];
}

export async function startWebHosts(lab: Lab): Promise<void> {
  await Promise.all(webHosts.map((host) => startWebHost(lab, host)));
}

/** Apache with Passenger on one host: writes its files, starts it if it does not run, returns when the app answers. */
export async function startWebHost(lab: Lab, host: WebHost): Promise<void> {
  const paths = webHostPaths(lab.folder, host);
  makeFolders(lab, paths.home, paths.registryDir, join(paths.home, "buffer"), join(paths.home, "runtime"));
  makeFolders(lab, paths.appRoot, join(paths.appRoot, "public"), join(paths.appRoot, "tmp"));
  const rackFile = join(paths.appRoot, "config.ru");
  copyFileSync(fileURLToPath(new URL("conf/config.ru", import.meta.url)), rackFile);
  giveToOwner(lab, rackFile);
  writeOwned(lab, paths.conf, httpdConf(lab, host));
  if (apachePid(lab.folder, host) === null) await run(lab, apacheArgv(lab.folder, host, "start"));
  await until(`${host}: Apache listens`, () => listens(lab.addresses[host], ports.web));
  await until(`${host}: the app answers`, async () => {
    const answer = await fetch(`http://${lab.addresses[host]}:${ports.web}/up`, { signal: AbortSignal.timeout(5_000) });
    return answer.status === 200;
  });
}

export function apachePid(folder: string, host: WebHost): number | null {
  return livingPid(folder, webHostPaths(folder, host).pidFile);
}

export async function stopWebHost(lab: Lab, host: WebHost): Promise<void> {
  const pid = apachePid(lab.folder, host);
  if (pid !== null) await endPids([pid], "SIGTERM", 5_000);
}

/** Enough threads for a full Passenger queue; the queue is short so that an overload shows within seconds. */
function httpdConf(lab: Lab, host: WebHost): string {
  const paths = webHostPaths(lab.folder, host);
  const modules = {
    mpm_event: "mpm_event",
    authz_core: "authz_core",
    mime: "mime",
    dir: "dir",
    env: "env",
    passenger: "passenger",
  };
  return `ServerRoot ${paths.home}
ServerName learn.lab
Listen ${lab.addresses[host]}:${ports.web}
PidFile ${paths.pidFile}
DefaultRuntimeDir ${paths.home}/runtime
ErrorLog ${lab.paths.logs}/${host}.apache.log
LogLevel warn
${Object.entries(modules)
  .map(([name, file]) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${file}.so`)
  .join("\n")}
TypesConfig /etc/mime.types
StartServers 1
ServerLimit 2
ThreadsPerChild 80
MaxRequestWorkers 160
GracefulShutdownTimeout 3
PassengerRoot /usr/lib/ruby/vendor_ruby/phusion_passenger/locations.ini
PassengerDefaultRuby /usr/bin/ruby
PassengerUserSwitching off
PassengerInstanceRegistryDir ${paths.registryDir}
PassengerDataBufferDir ${paths.home}/buffer
PassengerLogFile ${lab.paths.logs}/${host}.passenger.log
PassengerMaxPoolSize 3
PassengerMinInstances 3
PassengerPoolIdleTime 0
PassengerMaxRequestQueueSize 50
PassengerStatThrottleRate 0
PassengerDisableSecurityUpdateCheck on
PassengerDisableAnonymousTelemetry on
PassengerFriendlyErrorPages off
PassengerPreStart http://${lab.addresses[host]}:${ports.web}/up
<VirtualHost ${lab.addresses[host]}:${ports.web}>
  DocumentRoot ${paths.appRoot}/public
  PassengerAppRoot ${paths.appRoot}
  PassengerAppEnv production
  SetEnv HOST_NAME ${host}
  SetEnv SEARCH_URL http://${lab.addresses.search}:${ports.search}
  <Directory ${paths.appRoot}/public>
    Require all granted
  </Directory>
</VirtualHost>
`;
}
