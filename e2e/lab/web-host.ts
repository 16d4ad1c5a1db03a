import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolders, writeOwned } from "#e2e/lab/folder.ts";
import { type Lab, ports, type WebHost, webHosts } from "#e2e/lab/layout.ts";
import { endPids, giveToOwner, livingPid, run } from "#e2e/lab/process.ts";
import { listens, until } from "#e2e/lab/until.ts";

/** `learn` serves `/` and needs the search service; `api` serves `/api` and needs nobody. */
export const appNames = ["learn", "api"] as const;
export type AppName = (typeof appNames)[number];

export interface WebHostPaths {
  readonly home: string;
  readonly conf: string;
  readonly pidFile: string;
  /** PassengerInstanceRegistryDir: where Passenger's tools look for it. */
  readonly registryDir: string;
  /** Root folder of each app: the name that Passenger gives it, with ` (production)` after it. */
  readonly appRoots: Readonly<Record<AppName, string>>;
  /** While this file exists, `/health` of learn answers 500. */
  readonly health500Flag: string;
}

export function webHostPaths(folder: string, host: WebHost): WebHostPaths {
  const home = join(folder, host);
  const appRoots = { learn: join(home, "learn"), api: join(home, "api") };
  return {
    home,
    conf: join(home, "httpd.conf"),
    pidFile: join(home, "httpd.pid"),
    registryDir: join(home, "registry"),
    appRoots,
    health500Flag: join(appRoots.learn, "tmp", "health-500"),
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
  for (const app of appNames) {
    const root = paths.appRoots[app];
    makeFolders(lab, root, join(root, "public"), join(root, "tmp"));
    copyFileSync(fileURLToPath(new URL(`conf/${app}.ru`, import.meta.url)), join(root, "config.ru"));
    giveToOwner(lab, join(root, "config.ru"));
  }
  writeOwned(lab, paths.conf, httpdConf(lab, host));
  if (apachePid(lab.folder, host) === null) {
    forgetApachePid(lab, host);
    await run(lab, apacheArgv(lab.folder, host, "start"));
  }
  await until(`${host}: Apache listens`, () => listens(lab.addresses[host], ports.web));
  for (const path of ["/up", "/api/up"]) {
    await until(`${host}: ${path} answers`, async () => {
      const url = `http://${lab.addresses[host]}:${ports.web}${path}`;
      return (await fetch(url, { signal: AbortSignal.timeout(5_000) })).status === 200;
    });
  }
}

export function apachePid(folder: string, host: WebHost): number | null {
  return livingPid(folder, webHostPaths(folder, host).pidFile);
}

/**
 * Removes what a dead Apache left of its pid file. Where nobody has reaped it yet (PID 1 of many containers is slow to),
 * `apache2 -k start` and `-k restart` take the zombie for a running server and do nothing.
 */
export function forgetApachePid(lab: Lab, host: WebHost): void {
  if (apachePid(lab.folder, host) === null) rmSync(webHostPaths(lab.folder, host).pidFile, { force: true });
}

export async function stopWebHost(lab: Lab, host: WebHost): Promise<void> {
  const pid = apachePid(lab.folder, host);
  if (pid !== null) await endPids([pid], "SIGTERM", 5_000);
}

/**
 * Two apps in one pool: three processes for learn, one for api. Threads are enough for a full Passenger queue; the queue
 * is short so that an overload shows within seconds.
 */
function httpdConf(lab: Lab, host: WebHost): string {
  const paths = webHostPaths(lab.folder, host);
  const { learn, api } = paths.appRoots;
  const modules = ["mpm_event", "authz_core", "alias", "dir", "env", "passenger"];
  return `ServerRoot ${paths.home}
ServerName learn.lab
Listen ${lab.addresses[host]}:${ports.web}
PidFile ${paths.pidFile}
DefaultRuntimeDir ${paths.home}/runtime
ErrorLog ${lab.paths.logs}/${host}.apache.log
LogLevel warn
${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join("\n")}
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
PassengerMaxPoolSize 4
PassengerPoolIdleTime 0
PassengerMaxRequestQueueSize 50
PassengerStatThrottleRate 0
PassengerDisableSecurityUpdateCheck on
PassengerDisableAnonymousTelemetry on
PassengerFriendlyErrorPages off
PassengerPreStart http://${lab.addresses[host]}:${ports.web}/up
PassengerPreStart http://${lab.addresses[host]}:${ports.web}/api/up
<VirtualHost ${lab.addresses[host]}:${ports.web}>
  DocumentRoot ${learn}/public
  PassengerAppRoot ${learn}
  PassengerMinInstances 3
  PassengerAppEnv production
  SetEnv HOST_NAME ${host}
  SetEnv SEARCH_URL http://${lab.addresses.search}:${ports.search}
  Alias /api ${api}/public
  <Location /api>
    PassengerBaseURI /api
    PassengerAppRoot ${api}
    PassengerMinInstances 1
  </Location>
  <Directory ${paths.home}>
    Require all granted
  </Directory>
</VirtualHost>
`;
}
