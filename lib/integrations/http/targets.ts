import { onceFor } from "#lib/core/once-for.ts";
import type { HttpConfig } from "#lib/integrations/http/config.ts";
import type { HttpTarget } from "#lib/integrations/http/detail.ts";

/** Whom one poll asks: the nodes in order, then the balancer; or, with neither, the URL under its own host's name. */
export const targetsOf = onceFor((config: HttpConfig): readonly Pick<HttpTarget, "name" | "role" | "address">[] => {
  const nodes = config.nodes.map(({ name, address }) => ({ name, role: "node" as const, address }));
  const balancer =
    config.balancer === undefined
      ? []
      : [{ name: config.balancer.name, role: "balancer" as const, address: config.balancer.address ?? null }];
  const targets = [...nodes, ...balancer];
  return targets.length > 0 ? targets : [{ name: new URL(config.url).host, role: "endpoint", address: null }];
});
