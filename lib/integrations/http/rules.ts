import type { Fact, Rule } from "#lib/core/rule.ts";
import type { HttpDetail, HttpTarget } from "#lib/integrations/http/detail.ts";

/** What is trouble for an endpoint. For this kind no answer is trouble of the endpoint, not a gap in what is known. */
export const httpRules: readonly Rule<HttpDetail>[] = [
  {
    type: "fact",
    id: "down",
    title: "Check fails",
    severity: "critical",
    help: "The endpoint refuses, does not answer in time, or answers other than expected. Told for each node and for the balancer by name; a node that fails is critical even while others pass, because it serves its share of the users or has lost its redundancy.",
    find: (detail) => detail.targets.filter((target) => !brokenByCertificate(target)).flatMap(downFact),
  },
  {
    type: "fact",
    id: "not-checked",
    title: "Check could not run",
    blinds: true,
    severity: "warning",
    selfMade: true,
    contained: true,
    help: "Pitwall itself could not ask this address, so nothing is known about it.",
    find: (detail) =>
      detail.targets.flatMap((target) =>
        target.outcome.is === "unknown"
          ? [
              {
                node: target.name,
                message: `not checked: ${target.outcome.failure.what}`,
                clause: "could not be checked",
              },
            ]
          : [],
      ),
  },
  {
    type: "fact",
    id: "balancer-disagrees",
    title: "Balancer and nodes disagree",
    severity: "warning",
    contained: true,
    help: "The check passes on a node directly but fails through the balancer, so the fault is between them; or a node fails directly while the balancer still passes, so users are shielded for now.",
    find: disagreements,
  },
  {
    type: "threshold",
    id: "slow",
    title: "Slow answer",
    unit: "ms",
    raise: "above",
    warning: 1_000,
    critical: 5_000,
    help: "Total time from name look-up to the last byte. People notice one second and leave after five.",
    read: (detail) =>
      detail.targets
        .filter((target) => target.outcome.is === "ok")
        .map((target) => ({
          node: target.name,
          value: target.timings?.totalMs ?? null,
          say: (time) => `answered in ${time}`,
          clause: (time) => `answers in ${time}`,
        })),
  },
  {
    type: "threshold",
    id: "certificate-expiry",
    title: "Certificate expires",
    unit: "days",
    raise: "below",
    warning: 14,
    critical: 3,
    selfMade: true,
    contained: true,
    help: "Days until the first certificate of the chain ends. Automatic renewal has usually happened 30 days before.",
    read: (detail) =>
      detail.targets.map((target) => ({
        node: target.name,
        value: brokenByCertificate(target) ? null : (target.certificate?.daysLeft ?? null),
        say: (days) =>
          (target.certificate?.daysLeft ?? 0) < 0 ? `certificate expired, ${days}` : `certificate ends in ${days}`,
        clause: (days) =>
          (target.certificate?.daysLeft ?? 0) < 0
            ? `has a certificate that expired, ${days}`
            : `has a certificate that ends in ${days}`,
      })),
  },
  {
    type: "fact",
    id: "certificate-invalid",
    title: "Certificate is not trusted",
    severity: "critical",
    selfMade: true,
    help: "The chain or the name does not verify, so browsers refuse the page. With `tls.verify: false` it is told as information only.",
    find: (detail) =>
      detail.targets.flatMap((target): Fact[] => {
        if (target.certificate === null || target.certificate.error === null) return [];
        const { subject, error } = target.certificate;
        if (target.outcome.is === "failed" && brokenByCertificate(target)) {
          return [
            { node: target.name, message: target.outcome.failure.what, clause: "has a certificate that nobody trusts" },
          ];
        }
        return [{ node: target.name, message: `certificate of ${subject} is not trusted: ${error}`, severity: "info" }];
      }),
  },
];

function downFact(target: HttpTarget): Fact[] {
  const message = troubleOf(target);
  if (message === null) return [];
  const blame = target.blames[0];
  return [
    {
      node: target.name,
      clause: clauseOf(target),
      message: blame === undefined ? message : `${message}; it blames ${blame.service} (${blame.got})`,
      ...(blame === undefined ? {} : { pointsAt: blame.service }),
    },
  ];
}

/** The trouble as a predicate of the service. */
function clauseOf(target: HttpTarget): string {
  const kind = target.outcome.is === "failed" ? target.outcome.failure.kind : null;
  switch (kind) {
    case null:
      return "fails its check";
    case "timeout":
    case "stalled":
      return "does not answer in time";
    case "refused":
      return "refuses connections";
    default:
      return "does not answer";
  }
}

/** What is wrong with this address in one sentence part; `null` when nothing is, or nothing is known. */
export function troubleOf(target: HttpTarget): string | null {
  switch (target.outcome.is) {
    case "ok":
    case "unknown":
      return null;
    case "failed":
      return target.outcome.failure.what;
    case "unexpected":
      return target.outcome.failed.map(({ expected, got }) => `expected ${expected}, got ${got}`).join("; ");
    default:
      return target.outcome satisfies never;
  }
}

/** Whether the certificate is the very reason for the failure, so that one trouble is told once. */
function brokenByCertificate(target: HttpTarget): boolean {
  return (
    target.outcome.is === "failed" &&
    target.outcome.failure.kind === "tls" &&
    (target.certificate?.error ?? null) !== null
  );
}

function disagreements(detail: HttpDetail): Fact[] {
  const balancer = detail.targets.find((target) => target.role === "balancer");
  const nodes = detail.targets.filter((target) => target.role === "node");
  if (balancer === undefined || nodes.length === 0 || balancer.outcome.is === "unknown") return [];
  const passing = nodes.filter((target) => target.outcome.is === "ok").map((target) => target.name);
  const failing = nodes.filter((target) => troubleOf(target) !== null).map((target) => target.name);
  if (balancer.outcome.is === "ok") {
    if (failing.length === 0) return [];
    const message = `passes, though ${failing.join(", ")} ${failing.length === 1 ? "fails" : "fail"} directly: users are shielded for now`;
    return [{ node: balancer.name, message, clause: "passes through the balancer only" }];
  }
  if (passing.length === 0) return [];
  const message = `fails, though ${passing.join(", ")} ${passing.length === 1 ? "passes" : "pass"} directly: the fault is between balancer and nodes`;
  return [{ node: balancer.name, message, clause: "passes directly, but not through the balancer" }];
}
