import { BlockList, isIP, type LookupFunction, type TcpNetConnectOpts } from "node:net";
import type { ReachConfig } from "#lib/config/model.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { trimEndOf } from "#lib/core/trim-end.ts";
import type { Address } from "#lib/transports/address.ts";
import { ipv4Within, withoutZone } from "#lib/transports/ip-address.ts";
import { createNameLookup, type ResolveName, systemNames } from "#lib/transports/name-lookup.ts";
import { notAsked } from "#lib/transports/not-asked.ts";

/**
 * What Pitwall may ask: `reach` of pitwall.yaml, over what is refused unless it is named there. The most specific entry
 * decides, so that a wide `allow` opens none of the small nets below.
 */
export interface Reach {
  /**
   * How a socket connects there. An address is judged now; a name is judged, looked up, and connected to nothing but those of
   * its addresses that passed: no second look-up can answer otherwise. Failure: `not-allowed`.
   */
  way(address: Address): Result<TcpNetConnectOpts | { path: string }>;
  /** Why an address or a name may not be asked from here; `null` when it may, or when a look-up has to tell. */
  refusal(host: string): Failure | null;
  /** The same for what a host behind ssh connects to: that host's own loopback is what one goes there for. */
  remoteRefusal(host: string): Failure | null;
  /** Takes another policy from now on. */
  replace(policy: ReachConfig): void;
}

interface Verdict {
  readonly why: string;
  /** It means the asking machine itself. */
  readonly own: boolean;
}

interface Rule {
  readonly prefix: number;
  /** At the same prefix the higher one decides: what is refused unless allowed, `allow`, `deny`. */
  readonly rank: number;
  readonly net: BlockList;
  /** `null` allows. */
  readonly verdict: Verdict | null;
}

interface NameRule {
  readonly pattern: string;
  readonly verdict: Verdict | null;
}

/** What clouds and kernels keep there is for the machine itself, never for whoever can make it ask. */
const refusedNets: readonly (readonly [net: string, why: string, own?: true])[] = [
  ["127.0.0.0/8", "loopback", true],
  ["::1/128", "loopback", true],
  ["0.0.0.0/8", "an unspecified address, which means this machine", true],
  ["::/128", "an unspecified address, which means this machine", true],
  ["169.254.0.0/16", "link-local, where clouds hand out a machine's credentials"],
  ["fe80::/10", "link-local"],
  ["fd00:ec2::254/128", "where a cloud hands out a machine's credentials"],
  ["fd20:ce::254/128", "where a cloud hands out a machine's credentials"],
  ["fd00:c1::a9fe:a9fe/128", "where a cloud hands out a machine's credentials"],
  ["100.100.100.200/32", "where a cloud hands out a machine's credentials"],
  ["192.0.0.192/32", "where a cloud hands out a machine's credentials"],
  ["168.63.129.16/32", "where a cloud hands out a machine's settings"],
  ["224.0.0.0/4", "multicast"],
  ["ff00::/8", "multicast"],
  ["240.0.0.0/4", "reserved, and broadcast"],
];
const refusedNames = ["metadata.google.internal", "metadata.goog", "metadata.azure.internal", "instance-data"];

/** Addresses judged and remembered. */
const maxRemembered = 4_096;

/** Judges by a policy. `resolve` looks names up; by default the system does. */
export function createReach(policy: ReachConfig = { allow: [], deny: [] }, resolve: ResolveName = systemNames): Reach {
  const find = createNameLookup(resolve);
  const seen = new Map<string, Verdict | null>();
  let rules = rulesOf(policy);
  let names = nameRulesOf(policy);

  function judge(address: string): Verdict | null {
    const known = seen.get(address);
    if (known !== undefined) return known;
    const verdict = judgeAddress(rules, address);
    if (seen.size >= maxRemembered) seen.clear();
    seen.set(address, verdict);
    return verdict;
  }

  /** An allowed name may lead to this very machine, but never to where credentials are: that takes the address itself. */
  function judgeFor(name: NameRule | undefined, address: string): Verdict | null {
    const verdict = judge(address);
    return verdict?.own === true && name?.verdict === null ? null : verdict;
  }

  const lookup: LookupFunction = (name, options, callback) => {
    const rule = nameRuleFor(names, name);
    const told = rule?.verdict;
    if (told) return callback(notAsked(refusalOf(name, null, told)), options.all ? [] : "", 0);
    find(name, { ...options, all: true }, (error, found) => {
      const addresses = Array.isArray(found) ? found : [];
      const [first] = addresses;
      if (error || first === undefined) return callback(error, options.all ? [] : "", 0);
      const passed = addresses.filter(({ address }) => judgeFor(rule, address) === null);
      const [one] = passed;
      if (one === undefined) {
        const verdict = judgeFor(rule, first.address) as Verdict;
        return callback(notAsked(refusalOf(name, first.address, verdict)), options.all ? [] : "", 0);
      }
      if (options.all) callback(null, passed);
      else callback(null, one.address, one.family);
    });
  };

  function verdictOf(host: string): Verdict | null {
    return isIP(host) === 0 ? (nameRuleFor(names, host)?.verdict ?? null) : judge(host);
  }

  return {
    way(address) {
      if (address.type === "unix") return ok({ path: address.path });
      const verdict = verdictOf(address.host);
      if (verdict !== null) return err(refusalOf(address.host, null, verdict));
      return ok({ host: address.host, port: address.port, lookup });
    },
    refusal(host) {
      const verdict = verdictOf(host);
      return verdict === null ? null : refusalOf(host, null, verdict);
    },
    remoteRefusal(host) {
      const verdict = verdictOf(host);
      return verdict === null || verdict.own ? null : refusalOf(host, null, verdict);
    },
    replace(next) {
      rules = rulesOf(next);
      names = nameRulesOf(next);
      seen.clear();
    },
  };
}

/** Says what was refused, why, and the very line that would allow it. */
function refusalOf(host: string, address: string | null, { why }: Verdict): Failure {
  const leads = address === null ? host : `${host} leads to ${address}, which`;
  if (why === denied) return failure("not-allowed", `${leads} is denied by \`reach\` of pitwall.yaml`);
  const entry = address ?? host;
  const quoted = entry.includes(":") ? `"${entry}"` : entry;
  return failure(
    "not-allowed",
    `${leads} is ${why}; Pitwall asks it only where pitwall.yaml says so: reach: { allow: [${quoted}] }`,
  );
}

const denied = "denied";

function judgeAddress(rules: readonly Rule[], address: string): Verdict | null {
  const plain = withoutZone(address);
  if (plain === null) return { why: "no address", own: false };
  const family = isIP(plain) === 4 ? "ipv4" : "ipv6";
  const rule = rules.find(({ net }) => net.check(plain, family));
  if (family === "ipv4") return rule?.verdict ?? null;
  if (rule?.verdict) return rule.verdict;
  for (const inner of ipv4Within(plain)) {
    const verdict = judgeAddress(rules, inner);
    if (verdict !== null) return verdict;
  }
  return null;
}

function rulesOf({ allow, deny }: ReachConfig): Rule[] {
  return [
    ...refusedNets.map(([net, why, own]) => ruleOf(net, 0, { why, own: own === true })),
    ...allow.filter(isNet).map((net) => ruleOf(net, 1, null)),
    ...deny.filter(isNet).map((net) => ruleOf(net, 2, { why: denied, own: false })),
  ].toSorted((a, b) => b.prefix - a.prefix || b.rank - a.rank);
}

function ruleOf(entry: string, rank: number, verdict: Verdict | null): Rule {
  const [address = "", bits] = entry.split("/");
  const family = isIP(address) === 4 ? "ipv4" : "ipv6";
  const width = family === "ipv4" ? 32 : 128;
  const prefix = bits === undefined ? width : Number(bits);
  const net = new BlockList();
  net.addSubnet(address, prefix, family);
  return { prefix: prefix + (family === "ipv4" ? 96 : 0), rank, net, verdict };
}

/** The longest pattern first; `deny` before `allow` where both name the same. */
function nameRulesOf({ allow, deny }: ReachConfig): NameRule[] {
  const isName = (entry: string) => !isNet(entry);
  const told = { why: denied, own: false };
  return [
    ...deny.filter(isName).map((pattern) => ({ pattern: pattern.toLowerCase(), verdict: told })),
    ...allow.filter(isName).map((pattern) => ({ pattern: pattern.toLowerCase(), verdict: null })),
    ...refusedNames.map((pattern) => ({
      pattern,
      verdict: { why: "where a cloud hands out a machine's credentials", own: false },
    })),
  ].toSorted((a, b) => b.pattern.length - a.pattern.length);
}

function nameRuleFor(names: readonly NameRule[], host: string): NameRule | undefined {
  const name = trimEndOf(host.toLowerCase(), ".");
  return names.find(({ pattern }) => (pattern.startsWith("*.") ? name.endsWith(pattern.slice(1)) : name === pattern));
}

function isNet(entry: string): boolean {
  return isIP(entry.split("/")[0] ?? "") !== 0;
}
