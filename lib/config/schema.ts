import { z } from "zod";
import { declaredShape } from "#lib/config/actions-schema.ts";
import { healSchema } from "#lib/config/heal-schema.ts";
import { judgingShape } from "#lib/config/judging.ts";
import { remembered } from "#lib/config/remembered.ts";
import { parseDurationMs } from "#lib/core/duration.ts";
import type { Rule, RuleOverride, ThresholdRule } from "#lib/core/rule.ts";
import { severities } from "#lib/core/status.ts";
import { duration, port, secretReference } from "#lib/integrations/fields.ts";

/** The keys of pitwall.yaml that do not depend on a kind. A kind's own keys come from its manifest. */
export const rootKeys = [
  "url",
  "tls",
  "proxy",
  "hosts",
  "secrets",
  "reach",
  "defaults",
  "history",
  "events",
  "access",
  "audit",
  "heal",
  "maintenance",
  "runbooks",
  "services",
] as const;

const slug = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;

export const hostName = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/, "expected a name of letters, digits, dots and dashes")
  .refine((name) => name !== "local", "`local` is the machine Pitwall runs on and needs no entry; choose another name");

/** What references begin with. */
export const providerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, "expected a name of small letters, digits and dashes")
  .refine((name) => name !== "env" && name !== "file", "`env:` and `file:` are there already; choose another name");

const hostKey = z
  .string()
  .refine(
    isPublicKey,
    "expected a public host key as in known_hosts, like `ssh-ed25519 AAAAC3Nza…` (ssh-keyscan prints it); RSA from 2048 bits on",
  )
  .meta({ examples: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI…"] });

export const hostSchema = z.strictObject({
  address: z
    .string()
    .regex(/^[^\s/@]+$/, "expected an IP address or a host name, without user, port or path")
    .describe("IP address or name to connect to; behind `via` it is looked up on the hop."),
  port: port.default(22).describe("Port of sshd."),
  user: z.string().min(1).describe("Login name; give it no more rights than the watching needs."),
  key: secretReference.describe("Reference to the private key."),
  actKey: secretReference
    .optional()
    .describe("Reference to the private key of what acts; without one `key` does both."),
  mode: z
    .enum(["template", "wrapper"])
    .default("template")
    .describe(
      "`wrapper`: a forced command on the host runs what its own allow-list names (`npx pitwall grant` prints all of it); `template`: commands are put together here and quoted for the host's shell.",
    ),
  hostKey: z
    .union([hostKey, z.array(hostKey).min(1)])
    .describe("Pinned public key of the host, or a list of them. There is no way to switch this check off."),
  via: z.string().min(1).meta({ host: true }).optional().describe("Name of another host to hop through."),
});

export const eventsSchema = z.strictObject({
  token: secretReference
    .optional()
    .describe(
      "Reference to the token that `POST /api/v1/events` asks for, of 16 characters or more; without one, nobody may.",
    ),
});

const hostPattern =
  /^(?:\*\.)?(?!\d+(?:\.\d+)*$)[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/;

const reachEntry = z
  .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6(), z.string().max(253).regex(hostPattern)], {
    error: "expected an address, a net like 10.0.0.0/8, or a name like db.example.com or *.example.com",
  })
  .meta({ examples: ["127.0.0.1"] });

export const reachSchema = z.strictObject({
  allow: z
    .array(reachEntry)
    .default([])
    .describe(
      "Addresses, nets and names that may be asked though Pitwall refuses their like: loopback, link-local, the addresses where clouds hand out credentials, multicast. An allowed name may lead to loopback; all else takes the address.",
    ),
  deny: z
    .array(reachEntry)
    .default([])
    .describe("Addresses, nets and names that are never asked. Of `allow` and `deny` the most specific entry decides."),
});

const interval = duration
  .refine((ms) => ms >= 1_000, "expected at least 1s")
  .refine((ms) => ms <= 86_400_000, "expected at most 1d");
const timeout = duration.refine((ms) => ms >= 100, "expected at least 100ms");

export const defaultsSchema = z.strictObject({
  interval: interval.prefault("10s").describe("Time from one poll of a service to the next."),
  timeout: timeout.optional().describe("Deadline of one poll; by default 0.8 of the interval, at most 10s."),
  ...judgingShape,
});

const kept = duration
  .refine((ms) => ms >= 3_600_000, "expected at least 1h")
  .refine((ms) => ms <= 3_650 * 86_400_000, "expected at most 3650d");

const sizeUnits = { MB: 1e6, GB: 1e9, TB: 1e12 } as const;
const sizePattern = /^(\d+(?:\.\d+)?)\s*(MB|GB|TB)$/;

/** `5GB` to bytes. */
const size = z
  .string()
  .regex(sizePattern, "expected a size like 500MB or 5GB")
  .transform((text) => {
    const [, number, unit] = sizePattern.exec(text) ?? [];
    return Math.round(Number(number) * sizeUnits[unit as keyof typeof sizeUnits]);
  })
  .refine((bytes) => bytes >= 50e6, "expected at least 50MB")
  .meta({ pattern: "^\\d+(\\.\\d+)?\\s*(MB|GB|TB)$", examples: ["5GB"] });

export const historySchema = z.strictObject({
  raw: kept.prefault("48h").describe("How long every poll is kept whole."),
  minutes: kept.prefault("30d").describe("How long one-minute roll-ups are kept."),
  hours: kept.prefault("730d").describe("How long one-hour roll-ups are kept."),
  maxSize: size
    .optional()
    .describe(
      "What the store may take on the disk. When it is reached, the oldest polls go first; by default no limit.",
    ),
});

export const auditSchema = z.strictObject({
  keep: duration
    .refine((ms) => ms >= 30 * 86_400_000, "expected at least 30d")
    .refine((ms) => ms <= 100 * 365 * 86_400_000, "expected at most 100y")
    .prefault("3y")
    .describe("How long the rows of the audit log are kept, 30d or more; `npx pitwall audit verify` goes on to hold."),
  archive: z
    .string()
    .min(1)
    .meta({ examples: ["audit-archive"] })
    .optional()
    .describe(
      "Folder that rows are written to before they go, as JSON lines; while it cannot be written they stay. A path beside pitwall.yaml, or an absolute one.",
    ),
});

export const serviceSchema = z.strictObject({
  id: z
    .string()
    .regex(slug, "expected small letters, digits and single dashes, like `pg-main`")
    .max(64, "expected at most 64 characters")
    .describe("Name in addresses and for scripts; it must not change, because history hangs on it."),
  kind: z.string().describe("What watches it."),
  name: z.string().trim().min(1).max(120).optional().describe("What people read; by default the id."),
  group: z.string().trim().min(1).max(120).optional().describe("Heading it stands under on the board."),
  dependsOn: z.array(z.string()).default([]).describe("Ids of the services that this one needs to work."),
  refuse: z
    .array(z.string())
    .default([])
    .describe("Ids of services that Pitwall finds this one to depend on by addresses and names, and that it does not."),
  interval: interval.optional().describe("Time from one poll to the next, 1s or more."),
  timeout: timeout.optional().describe("Deadline of one poll; not longer than the interval."),
  ...judgingShape,
  heal: z
    .array(healSchema)
    .max(50)
    .optional()
    .describe("What Pitwall may start by itself when a finding stands, within which bounds."),
  rules: z.unknown().optional().describe("Other limits or severities for this service, or `off`."),
  ...declaredShape,
});

export const serviceKeys = Object.keys(serviceSchema.shape);

/** What may be said of each rule of a kind. An unknown rule is an unknown key, so it gets a place and a suggestion. */
export const rulesSchema = remembered(
  (rules: readonly Rule<never>[]): z.ZodType<Record<string, unknown>> =>
    z.strictObject(Object.fromEntries(rules.map((rule) => [rule.id, ruleSchema(rule).optional()]))),
);

function ruleSchema(rule: Rule<never>): z.ZodType {
  const off = z.union([z.literal("off"), z.literal(false)]).transform(() => false);
  const severity = z.enum(severities).optional().describe("Severity of its findings, instead of the usual one.");
  const lasting = duration.optional().describe("How long it must hold without a break before it is raised.");
  if (rule.type === "fact") return z.union([z.strictObject({ severity, for: lasting }), off]).describe(rule.help);
  const limit = limitSchema(rule.unit);
  const limits = z
    .strictObject({
      severity,
      warning: limit
        .nullable()
        .optional()
        .describe(describeLimit("warning", rule.warning, rule.unit)),
      critical: limit
        .nullable()
        .optional()
        .describe(describeLimit("critical", rule.critical, rule.unit)),
      clear: z
        .union([
          limit,
          z.strictObject({
            warning: limit.optional().describe("Where the warning clears."),
            critical: limit.optional().describe("Where it is no longer critical."),
          }),
        ])
        .optional()
        .describe(
          "Where it clears once it is raised: one limit for the mildest, or one each. By default where it raises.",
        ),
      for: lasting,
    })
    .superRefine((given, context) => {
      for (const { message, path } of contradictions(rule, given)) context.addIssue({ code: "custom", message, path });
    });
  return z.union([limits, off]).describe(rule.help);
}

type Limits = Exclude<RuleOverride, false>;

/** Limits that would never be raised, or would clear beyond where they raise. */
function contradictions(rule: ThresholdRule<never>, given: Limits): { message: string; path: string[] }[] {
  const warning = given.warning === undefined ? rule.warning : (given.warning ?? undefined);
  const critical = given.critical === undefined ? rule.critical : (given.critical ?? undefined);
  const beyond = (a: number, b: number) => (rule.raise === "above" ? a > b : a < b);
  const side = rule.raise === "above" ? "above" : "below";
  const found: { message: string; path: string[] }[] = [];
  if (warning !== undefined && critical !== undefined && beyond(warning, critical)) {
    const message = `warning (${warning}) must not be ${side} critical (${critical}), or it would never be raised`;
    found.push({ message, path: [given.warning === undefined ? "critical" : "warning"] });
  }
  const { clear } = given;
  const clears =
    typeof clear === "number"
      ? [["clear", clear, warning ?? critical] as const]
      : [["warning", clear?.warning, warning] as const, ["critical", clear?.critical, critical] as const];
  for (const [key, at, limit] of clears) {
    const path = key === "clear" ? ["clear"] : ["clear", key];
    if (at === undefined) continue;
    if (limit === undefined) found.push({ message: `clear (${at}) must belong to a limit, and there is none`, path });
    else if (beyond(at, limit)) {
      found.push({
        message: `clear (${at}) must not be ${side} the limit (${limit}), or it would clear where it raises`,
        path,
      });
    }
  }
  return found;
}

/** A limit in the rule's unit; a time may also be written as a duration. */
function limitSchema(unit: string): z.ZodType<number> {
  if (unit !== "ms" && unit !== "s") return z.number();
  const divisor = unit === "ms" ? 1 : 1_000;
  const text = z
    .string()
    .refine((value) => parseDurationMs(value) !== undefined, "expected a number or a duration like 5s")
    .transform((value) => (parseDurationMs(value) ?? 0) / divisor)
    .meta({ examples: ["5s"] });
  return z.union([z.number(), text]) as unknown as z.ZodType<number>;
}

function describeLimit(severity: string, limit: number | undefined, unit: string): string {
  const usual = limit === undefined ? "none" : `${limit}${unit === "count" || unit === "boolean" ? "" : ` ${unit}`}`;
  return `Limit of a ${severity} (by default ${usual}); null for none.`;
}

/** RFC 4253, 6.6: the blob repeats the name of its algorithm in front, so a key cut off or mixed up is seen at once. */
function isPublicKey(text: string): boolean {
  const match = /^(ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp(?:256|384|521)) ([A-Za-z0-9+/]+={0,2})(?: [^\r\n]*)?$/.exec(
    text.trim(),
  );
  const algorithm = match?.[1] ?? "";
  const blob = Buffer.from(match?.[2] ?? "", "base64");
  if (blob.length < 4 + algorithm.length + 36) return false;
  if (blob.readUInt32BE(0) !== algorithm.length || blob.toString("latin1", 4, 4 + algorithm.length) !== algorithm)
    return false;
  return algorithm !== "ssh-rsa" || rsaBits(blob) >= leastRsaBits;
}

const leastRsaBits = 2_048;

/** RFC 4253, 6.6: name, public exponent and modulus, each with its length before it. */
function rsaBits(blob: Buffer): number {
  let at = 0;
  for (let part = 0; part < 2; part += 1) at += 4 + (at + 4 <= blob.length ? blob.readUInt32BE(at) : blob.length);
  const bytes = at + 4 <= blob.length ? blob.subarray(at + 4, at + 4 + blob.readUInt32BE(at)) : Buffer.alloc(0);
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first] ?? 0) + 24;
}
