import { type Failure, failure } from "#lib/core/failure.ts";
import { refusalWithin } from "#lib/transports/not-asked.ts";
import { said } from "#lib/transports/said.ts";

/**
 * The failure that a socket's error stands for. `place` is the address as a person writes it, `10.0.0.5:80`.
 * Codes: errno(3) and Node's dns module; anything unforeseen is `internal` and says its code.
 */
export function socketFailure(error: unknown, place: string, afterMs?: number): Failure {
  const refusal = refusalWithin(error);
  if (refusal !== null) return refusal;
  const code = errorCode(error);
  const more = afterMs === undefined ? {} : { afterMs: Math.round(afterMs) };
  switch (code) {
    case "ECONNREFUSED":
      return failure("refused", `${place} refused the connection`, more);
    case "ENOTFOUND":
    case "ENODATA":
    case "ENONAME":
      return failure("name-not-found", `the name of ${place} does not resolve`, more);
    case "EAI_AGAIN":
    case "ESERVFAIL":
    case "EREFUSED":
      return failure("name-not-found", `the name server gave no answer for ${place}`, more);
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EHOSTDOWN":
    case "ENETDOWN":
    case "EADDRNOTAVAIL":
      return failure("unreachable", `no route to ${place} (${code})`, more);
    case "ETIMEDOUT":
      return failure("timeout", `no answer from ${place}: the connection attempt timed out`, more);
    case "ECONNRESET":
    case "ECONNABORTED":
    case "EPIPE":
      return failure("reset", `${place} closed the connection before it answered`, more);
    case "EACCES":
    case "EPERM":
      return failure("forbidden", `no permission to connect to ${place}`, more);
    case "ENOENT":
      return failure("not-running", `there is no socket ${place}`, more);
    case "ENOTSOCK":
      return failure("not-running", `${place} is not a socket`, more);
    default:
      return failure("internal", `connecting to ${place} failed (${code ?? "no code"})`, {
        ...more,
        ...said(error instanceof Error ? error.message : String(error)),
      });
  }
}

/** `code` of an error; of several attempts (one per address of a name) that of the first. */
export function errorCode(error: unknown): string | undefined {
  if (error instanceof AggregateError && error.errors.length > 0) return errorCode(error.errors[0]);
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
