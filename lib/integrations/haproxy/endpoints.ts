import type { Endpoints, Use } from "#lib/core/dependencies.ts";
import type { HaproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyBackend, HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";

/** It needs what answers at the addresses of its servers, and is known by the names of its processes. */
export function endpoints({ processes }: HaproxyConfig, detail: HaproxyDetail | null): Endpoints {
  const froms = new Set(processes.map((process) => ("socket" in process ? process.from : "")));
  // Processes on several machines mean different machines by one loopback address.
  const from = froms.size === 1 ? [...froms].join("") : "";
  return {
    provides: processes.map(({ name }) => ({ name, node: name, words: `has the process ${name}` })),
    uses: (detail?.backends ?? []).flatMap((backend) => usesOf(backend, from)),
  };
}

function usesOf({ name: subject, mode, servers }: HaproxyBackend, from: string): Use[] {
  return servers.flatMap(({ name: node, address }) => {
    if (address === null || !/:\d+$/.test(address)) return [];
    const speaks = mode === null ? {} : { speaks: mode };
    return [{ address, node, subject, from, ...speaks, words: `/ ${subject} / ${node} is ${address}` }];
  });
}
