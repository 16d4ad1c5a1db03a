import type { Failure } from "#lib/core/failure.ts";

/** An error for a socket that must not connect, with the failure it stands for. */
export interface NotAsked extends NodeJS.ErrnoException {
  readonly code: "ENOTASKED";
  readonly refusal: Failure;
}

export function notAsked(refusal: Failure): NotAsked {
  return Object.assign(new Error(refusal.what), { code: "ENOTASKED" as const, refusal });
}

/** The failure that `notAsked` wrapped; `null` for any other error. */
export function refusalWithin(error: unknown): Failure | null {
  const known = typeof error === "object" && error !== null && "code" in error && error.code === "ENOTASKED";
  return known ? (error as NotAsked).refusal : null;
}
