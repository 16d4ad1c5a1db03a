import { type BlockList, isIP } from "node:net";

/** Where a request really came from, and what its sender typed to get here. */
export interface TrueOrigin {
  /** Address of the client: the peer's, or what a trusted proxy says of its own peer. */
  readonly from: string;
  readonly proto: "http" | "https";
  /** Name and port as the client sent them, in small letters; empty when it sent none that could be one. */
  readonly host: string;
}

export interface Peer {
  readonly address: string;
  readonly encrypted: boolean;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** More hops than this are no chain of proxies but somebody's invention. */
const mostHops = 20;

/**
 * Believes `X-Forwarded-For`, `-Proto` and `-Host` only when the peer itself is trusted. The chain is read from the right,
 * where each proxy adds the peer that it saw: the first address that is not trusted is the client's, and what stands left
 * of it is the client's own word. Of `-Proto` and `-Host` the last value counts, which the nearest proxy wrote.
 */
export function trueOrigin({ address, encrypted, headers }: Peer, trusted: BlockList): TrueOrigin {
  const peer = plainAddress(address) ?? "";
  const own = { from: peer, proto: encrypted ? "https" : "http", host: hostOf(textOf(headers.host)) } as const;
  if (!isTrusted(peer, trusted)) return own;
  const proto = lastOf(textOf(headers["x-forwarded-proto"])).toLowerCase();
  const host = hostOf(lastOf(textOf(headers["x-forwarded-host"])));
  return {
    from: clientOf(peer, textOf(headers["x-forwarded-for"]), trusted),
    proto: proto === "https" || proto === "http" ? proto : own.proto,
    host: host === "" ? own.host : host,
  };
}

function clientOf(peer: string, chain: string, trusted: BlockList): string {
  let nearest = peer;
  for (const told of chain.split(",").slice(-mostHops).reverse()) {
    const address = plainAddress(told.trim());
    if (address === null) return nearest;
    nearest = address;
    if (!isTrusted(address, trusted)) return address;
  }
  return nearest;
}

function isTrusted(address: string, trusted: BlockList): boolean {
  const family = isIP(address);
  return family !== 0 && trusted.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** An address without port, zone and the dress of IPv6 around IPv4; `null` when it is none. */
export function plainAddress(told: string): string | null {
  const bare =
    /^\[([^\]]+)\](?::\d{1,5})?$/.exec(told)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/.exec(told)?.[1] ?? told;
  const address = bare.replace(/%.*$/, "").toLowerCase();
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
  return isIP(mapped) === 0 ? null : mapped;
}

function hostOf(told: string): string {
  return /^(?:[a-z0-9._-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i.test(told) ? told.toLowerCase() : "";
}

function lastOf(list: string): string {
  return list.split(",").at(-1)?.trim() ?? "";
}

function textOf(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}
