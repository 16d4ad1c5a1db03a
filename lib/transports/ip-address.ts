import { isIPv4, isIPv6 } from "node:net";

/** 6to4 (RFC 3056), and the two prefixes of NAT64 (RFC 6052, RFC 8215): whoever translates them reaches the IPv4 address inside. */
const sixToFour = 0x2002;
const nat64 = [0x64, 0xff9b] as const;
const teredo = [0x2001, 0x0] as const;

/** An address without its zone (`%eth0`), which says by which interface and not to whom; `null` for what is no address. */
export function withoutZone(address: string): string | null {
  const [plain = ""] = address.split("%");
  return isIPv4(plain) || isIPv6(plain) ? plain : null;
}

/**
 * The IPv4 addresses that an IPv6 address may lead to: mapped (RFC 4291, 2.5.5), compatible, translated (RFC 2765), NAT64,
 * 6to4, Teredo (RFC 4380: the client's, inverted, and the server's) and ISATAP (RFC 5214).
 */
export function ipv4Within(address: string): string[] {
  const groups = groupsOf(address);
  if (groups === null) return [];
  const [a, b, c, , e, f] = groups;
  const at = (index: number) => dotted(groups[index] ?? 0, groups[index + 1] ?? 0);
  const zero = (from: number, to: number) => groups.slice(from, to).every((group) => group === 0);
  const found: string[] = [];
  if (zero(0, 6) || (zero(0, 5) && f === 0xffff) || (zero(0, 4) && e === 0xffff && f === 0)) found.push(at(6));
  if (a === nat64[0] && b === nat64[1]) found.push(at(6), ...(c === 1 ? nat64Local(groups) : []));
  if (a === sixToFour) found.push(at(1));
  if (a === teredo[0] && b === teredo[1]) {
    found.push(at(2), dotted((groups[6] ?? 0) ^ 0xffff, (groups[7] ?? 0) ^ 0xffff));
  }
  if ((e === 0 || e === 0x200) && f === 0x5efe) found.push(at(6));
  return found;
}

/** RFC 6052, 2.2: below a prefix of 48, 56, 64 and 96 bits; a prefix of one's own hides how long it is. */
function nat64Local(groups: readonly number[]): string[] {
  const bytes = groups.flatMap((group) => [group >> 8, group & 0xff]);
  const pick = (...indexes: number[]) => indexes.map((index) => bytes[index] ?? 0).join(".");
  return [pick(6, 7, 9, 10), pick(7, 9, 10, 11), pick(9, 10, 11, 12), pick(12, 13, 14, 15)];
}

/** Its eight groups; `null` when it is no IPv6 address. */
function groupsOf(address: string): number[] | null {
  if (!isIPv6(address)) return null;
  const mixed = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const [, head = "", ...bytes] = mixed ?? [];
  const [w = 0, x = 0, y = 0, z = 0] = bytes.map(Number);
  const text = mixed === null ? address : `${head}${(w * 256 + x).toString(16)}:${(y * 256 + z).toString(16)}`;
  const [left = "", right] = text.split("::");
  const before = left === "" ? [] : left.split(":");
  const after = right === undefined || right === "" ? [] : right.split(":");
  const gap = right === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: gap }, () => "0"), ...after].map((group) => Number.parseInt(group, 16));
}

function dotted(high: number, low: number): string {
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
}
