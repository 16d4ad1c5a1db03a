import type { Fact } from "#lib/core/fact.ts";
import type { HttpDetail, HttpTarget } from "#lib/integrations/http/detail.ts";

/** What of an endpoint stands still until it is changed: how it answers, and its certificate. */
export function httpFacts(detail: HttpDetail): Fact[] {
  return detail.targets.flatMap(factsOfTarget);
}

function factsOfTarget({ name: subject, outcome, status, certificate, redirectedTo }: HttpTarget): Fact[] {
  const answered = outcome.is === "ok" || outcome.is === "unexpected";
  return [
    { subject, name: "answers", value: outcome.is === "unknown" ? null : answered },
    { subject, name: "status", value: status },
    { subject, name: "leads to", value: answered ? (redirectedTo.at(-1) ?? "") : null },
    ...(certificate === null
      ? []
      : [
          { subject, name: "certificate", value: certificate.subject },
          { subject, name: "certificate issuer", value: certificate.issuer },
          {
            subject,
            name: "certificate valid until",
            value: new Date(certificate.validTo).toISOString().slice(0, 16).replace("T", " "),
          },
          { subject, name: "certificate trusted", value: certificate.error ?? true },
        ]),
  ];
}
