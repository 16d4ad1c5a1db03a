import { BlockList, isIP } from "node:net";
import type { FrontConfig } from "#lib/config/model.ts";

/**
 * Why Pitwall will not listen on `host`, in sentences; `null` when it may. Who can read the wire could take a session, so
 * beyond this machine it speaks TLS by itself or stands behind a proxy that is named.
 */
export function listenRefusal(host: string, { tls, trustedProxies }: FrontConfig): readonly string[] | null {
  if (isLoopback(host) || tls !== null || trustedProxies.length > 0) return null;
  return [
    `HOST=${host} is refused: others could read passwords and sessions on the way. Either let Pitwall speak TLS by itself,`,
    "  tls: { cert: tls/fullchain.pem, key: file:tls/key.pem }",
    "or name the proxy that does it for Pitwall,",
    "  proxy: { trust: [10.0.0.2] }",
    "or leave HOST away and reach it through an ssh tunnel: ssh -L 3000:127.0.0.1:3000 this-machine",
  ];
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** Whether only this machine can reach a server that listens on `host`. */
export function isLoopback(host: string): boolean {
  const version = isIP(host);
  return version === 0 ? host === "localhost" : loopback.check(host, version === 4 ? "ipv4" : "ipv6");
}
