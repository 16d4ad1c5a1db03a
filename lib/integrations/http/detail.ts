import type { Failure } from "#lib/core/failure.ts";
import type { HttpTimings } from "#lib/transports/types.ts";

/** What one poll of an `http` service saw. */
export interface HttpDetail {
  readonly method: string;
  readonly url: string;
  /** The expectations in words, in the order they are tried: `status 2xx`, `$.status equals "ok"`. */
  readonly expects: readonly string[];
  /** In the order of the configuration: the nodes, then the balancer; or the URL alone. */
  readonly targets: readonly HttpTarget[];
}

/** One address that was asked. */
export interface HttpTarget {
  readonly name: string;
  /** `endpoint` when the service has neither nodes nor balancer and the URL itself is asked. */
  readonly role: "endpoint" | "node" | "balancer";
  /** Where the connection went, when it is not the URL's own host. */
  readonly address: string | null;
  readonly outcome: HttpOutcome;
  /** Status of the answer; `null` when there was none. */
  readonly status: number | null;
  readonly timings: HttpTimings | null;
  readonly bytes: number | null;
  readonly certificate: HttpTargetCertificate | null;
  readonly redirectedTo: readonly string[];
  readonly remoteAddress: string | null;
  /** First characters of the body, without control characters; only when an expectation failed. */
  readonly bodyStart: string | null;
  /** What the body itself blames, by the `dependencies` of the configuration; only when the check did not pass. */
  readonly blames: readonly HttpBlame[];
}

/**
 * `ok`: it answered as expected. `unexpected`: it answered, but not so. `failed`: it did not answer, which is trouble of the
 * endpoint. `unknown`: Pitwall could not ask, which says nothing about the endpoint.
 */
export type HttpOutcome =
  | { readonly is: "ok" }
  | { readonly is: "unexpected"; readonly failed: readonly HttpExpectation[] }
  | { readonly is: "failed"; readonly failure: Failure }
  | { readonly is: "unknown"; readonly failure: Failure };

/** One expectation that was not met: `status 2xx`, got `503`. */
export interface HttpExpectation {
  readonly expected: string;
  /** The value seen, shortened and free of control characters. */
  readonly got: string;
}

export interface HttpTargetCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Epoch milliseconds of the chain's earliest end. */
  readonly validTo: number;
  /** Days left with their fraction; negative once expired. */
  readonly daysLeft: number;
  /** Why it is not trusted for this name, `null` when it is. */
  readonly error: string | null;
}

export interface HttpBlame {
  /** Id of the service the configuration links to that part of the body. */
  readonly service: string;
  readonly path: string;
  /** What the body says there. */
  readonly got: string;
}
