import { createHash } from "node:crypto";
import type { PitwallConfig } from "#lib/config/model.ts";
import type { Grant, KindGrant, StreamGrant } from "#lib/core/grant.ts";
import type { Integration } from "#lib/integrations/integration.ts";
import { declaredGrants, unitGrants } from "#lib/remediation/declared/grants.ts";

/** All that a configuration asks of its hosts. */
export interface Grants {
  readonly commands: readonly Grant[];
  readonly streams: readonly StreamGrant[];
  /** What no allow-list can hold, one sentence each. */
  readonly problems: readonly string[];
}

/**
 * Every command that watching and repairing run over ssh, and every address reached through a host. A command's id tells its
 * words, so that a host with an older list refuses a command that has changed, and never runs another in its place.
 */
export function grantsOf(config: PitwallConfig, registry: Readonly<Record<string, Integration>>): Grants {
  const commands: Grant[] = [];
  const streams: StreamGrant[] = [];
  const problems: string[] = [];
  const add = (serviceId: string, grants: readonly KindGrant[]) => {
    for (const { host, ...command } of grants) {
      if (host === "local") continue;
      const told = JSON.stringify([command.words, command.secrets ?? [], command.access]);
      const digest = createHash("sha256").update(told).digest("hex").slice(0, 8);
      const id = `${serviceId}.${command.id}.${digest}`;
      const known = commands.some((one) => one.host === host && one.command.id.endsWith(`.${digest}`));
      if (!known) commands.push({ host, command: { ...command, id } });
    }
  };
  for (const service of config.services) {
    const manifest = registry[service.kind]?.manifest;
    add(service.id, manifest?.grants?.(service.config) ?? []);
    streams.push(...(manifest?.streams?.(service.config) ?? []).filter(({ host }) => host !== "local"));
    add(service.id, unitGrants(service.units ?? []));
    for (const action of service.actions ?? []) {
      const grants = declaredGrants(action);
      if (grants.ok) add(service.id, grants.value);
      else problems.push(`${service.id}: ${grants.error}`);
    }
  }
  for (const host of Object.values(config.hosts)) {
    if (host.via !== null) streams.push({ host: host.via, to: `${bracketed(host.address)}:${host.port}` });
  }
  return { commands, streams, problems };
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
