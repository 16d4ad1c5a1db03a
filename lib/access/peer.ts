import { isIP } from "node:net";

/** The address a request came from, as the web server told it of the connection; `null` when it told none. */
export function peerOf(headers: Headers): string | null {
  const told = headers.get("x-pitwall-from") ?? headers.get("x-forwarded-for")?.split(",").at(-1)?.trim() ?? "";
  return isIP(told) === 0 ? null : told;
}
