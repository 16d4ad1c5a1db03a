import type { ActionConfig } from "#lib/config/actions-schema.ts";
import type { ServiceConfig } from "#lib/config/model.ts";
import type { Manifest, ParamField } from "#lib/integrations/integration.ts";

/** Where a declared action runs: a host, and the node of the service that it is about, if it is about one. */
export interface Place {
  readonly host: string;
  readonly node: string | undefined;
  /** What people call it: the node, else the host. */
  readonly name: string;
}

/** The parameter that names the place. Its name cannot be one of a declared parameter, which begins with a letter. */
export const placeParam = "_at";

/** Places in the order of the configuration. A host that is named like a node of the service stands for that node. */
export function placesOf(
  at: ActionConfig["at"],
  service: Pick<ServiceConfig, "config">,
  manifest: Pick<Manifest, "nodes">,
): Place[] {
  const nodes = manifest.nodes(service.config);
  return [at].flat().map((one) => {
    const { host, node = nodes.includes(host) ? host : undefined } = typeof one === "string" ? { host: one } : one;
    return { host, node, name: node ?? host };
  });
}

export function placeField(places: readonly Place[]): ParamField {
  const options = places.map(({ name, host, node }) => ({
    value: name,
    label: name,
    ...(name === host ? {} : { hint: `on ${host}` }),
    ...(node === undefined ? {} : { node }),
  }));
  return { name: placeParam, label: "Where", options };
}
