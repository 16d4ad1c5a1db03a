import type { Actor } from "#lib/access/actor.ts";
import { readAccessSettings } from "#lib/access/identity/settings.ts";
import type { Reading } from "#lib/store/open-store.ts";
import type { Refusal } from "#lib/wire/problem.ts";
import type { Run } from "#lib/wire/run.ts";

/**
 * Why a person must first prove once more who they are; `null` when the last proof is fresh, the risk is not high, or no
 * person asks: a token proves itself each time.
 */
export async function proofRefusal(
  reading: Reading,
  actor: Actor,
  risk: Run["risk"],
  now: number,
): Promise<Refusal | null> {
  if (actor.kind !== "person" || (risk !== "high" && risk !== "critical")) return null;
  const { freshMs } = await readAccessSettings(reading);
  if (actor.provedAt !== null && now - actor.provedAt <= freshMs) return null;
  return { code: "reauthentication-needed", detail: `Prove once more that it is you: this is of ${risk} risk` };
}
