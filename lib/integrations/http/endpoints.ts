import type { Endpoints } from "#lib/core/dependencies.ts";
import type { HttpConfig } from "#lib/integrations/http/config.ts";
import { targetsOf } from "#lib/integrations/http/targets.ts";

/**
 * A check stands for the endpoint it looks at: a balancer in front needs that. It needs itself what answers there, the
 * balancer that it goes through, and whatever its health page names.
 */
export function endpoints(config: HttpConfig): Endpoints {
  const targets = targetsOf(config).map((target) => ({ ...target, address: addressOf(config.url, target.address) }));
  const behind = targets.filter(({ role }) => role !== "balancer");
  return {
    provides: behind.map(({ name: node, address }) => ({ address, node, check: true, words: `checks ${node}` })),
    uses: [
      ...behind.map(({ name: node, address }) => {
        return { address, node, speaks: "http", check: true as const, words: `checks ${node} at ${address}` };
      }),
      ...targets
        .filter(({ role }) => role === "balancer")
        .map(({ name }) => ({ name, node: name, words: `asks through ${name}` })),
      ...config.dependencies.map(({ service, path }) => ({ name: service, words: `names ${service} at ${path}` })),
    ],
  };
}

/** `host:port`, with the port of the URL's scheme where none is given. */
function addressOf(url: string, address: string | null): string {
  const { protocol, hostname, port } = new URL(url);
  const usual = port !== "" ? port : protocol === "https:" ? "443" : "80";
  if (address === null) return `${hostname}:${usual}`;
  return /:\d+$/.test(address) ? address : `${address}:${usual}`;
}
