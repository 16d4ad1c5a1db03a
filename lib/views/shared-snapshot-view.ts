import { err, ok, type Result } from "#lib/core/result.ts";
import { hashSecret, sameHash, unseal } from "#lib/incidents/seal.ts";
import { findSealedSnapshot } from "#lib/store/incident-snapshots.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import type { FrozenBoard } from "#lib/wire/snapshot.ts";

export interface SharedSnapshot {
  readonly frozen: FrozenBoard;
  readonly expiresAt: number;
  /** The seal that the shown document was checked against. */
  readonly sha256: string;
}

/**
 * The frozen board behind a link. Whoever has the secret learns that a snapshot was revoked or expired (`gone`); any
 * other secret, however close, gets the same `not-found`. A body that does not match its seal is not shown.
 */
export async function sharedSnapshotView(
  store: Store,
  secret: string,
  now: number,
): Promise<Result<SharedSnapshot, Refusal>> {
  const secretHash = hashSecret(secret);
  const sealed = await store.read((reading) => findSealedSnapshot(reading, secretHash));
  if (sealed === null || !sameHash(sealed.secretHash, secretHash)) {
    return err({ code: "not-found", detail: "There is no snapshot behind this link" });
  }
  if (sealed.revokedAt !== null) return err({ code: "gone", detail: "This snapshot was taken back by its team" });
  if (sealed.expiresAt <= now) return err({ code: "gone", detail: "This snapshot has expired" });
  const frozen = unseal(sealed.body, sealed.sha256);
  if (frozen === null) return err({ code: "gone", detail: "This snapshot is damaged: it does not match its seal" });
  return ok({ frozen, expiresAt: sealed.expiresAt, sha256: sealed.sha256 });
}
