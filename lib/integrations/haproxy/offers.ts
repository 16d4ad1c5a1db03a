import { formatCount } from "#lib/core/unit.ts";
import type { HaproxyBackend, HaproxyDetail, HaproxyServer } from "#lib/integrations/haproxy/detail.ts";
import type { Offer, ParamField } from "#lib/integrations/integration.ts";

/** What an action of this kind offers: the servers that fit. Only where every process can be asked and lets itself be changed. */
export function offerServers(
  detail: HaproxyDetail | null,
  fits: (server: HaproxyServer) => boolean,
  none: string,
  more: { readonly needsSocket?: boolean; readonly params?: readonly ParamField[] } = {},
): Offer {
  const servers = (detail?.backends ?? []).flatMap((backend) => backend.servers);
  const options = servers.filter((server) => server.state !== "dns-maint" && fits(server)).map(optionOf);
  const params: ParamField[] = [{ name: "server", label: "Server", options }, ...(more.params ?? [])];
  return { params, blocked: whyNot(detail, more.needsSocket ?? false) ?? (options.length === 0 ? none : null) };
}

/** The same for backends. */
export function offerBackends(
  detail: HaproxyDetail | null,
  fits: (backend: HaproxyBackend) => boolean,
  none: string,
): Offer {
  const options = (detail?.backends ?? []).filter(fits).map((backend) => ({
    value: backend.name,
    label: backend.name,
    hint: `${backend.servers.filter((server) => server.inRotation).length} of ${backend.servers.length} in rotation`,
  }));
  const params: ParamField[] = [{ name: "backend", label: "Backend", options }];
  return { params, blocked: whyNot(detail, true) ?? (options.length === 0 ? none : null) };
}

/** Why nothing can be changed now; `null` when it can. */
export function whyNot(detail: HaproxyDetail | null, needsSocket: boolean): string | null {
  if (detail === null) return "HAProxy has not been read yet";
  const weak = detail.processes.find((process) => process.level !== null && process.level !== "admin");
  if (weak !== undefined) return `The socket of ${weak.name} has level ${weak.level}; changes need level admin`;
  const silent = detail.processes.find((process) => process.failure !== null);
  if (silent !== undefined) return `${silent.name} tells nothing: ${silent.failure?.what}`;
  const page = needsSocket ? detail.processes.find((process) => process.via === "stats") : undefined;
  return page === undefined ? null : `${page.name} is reached by its stats page alone; this needs its socket`;
}

function optionOf(server: HaproxyServer) {
  const sessions = server.sessions === null ? "" : ` · ${formatCount(server.sessions)} sessions`;
  return {
    value: `${server.backend}/${server.name}`,
    label: `${server.name} in ${server.backend}`,
    hint: `${server.status}${sessions}`,
    node: server.name,
  };
}
