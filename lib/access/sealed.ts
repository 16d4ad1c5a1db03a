import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Keyring, Keys } from "#lib/access/keyring.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Reading, Store, Writing } from "#lib/store/open-store.ts";
import { dropSealed, findSealed, putSealed, type SealedBody, type SealedPlace } from "#lib/store/sealed.ts";

export type { SealedPlace } from "#lib/store/sealed.ts";

const algorithm = "aes-256-gcm";
/** NIST SP 800-38D, 8.2.2: 96 random bits; a key then seals 2^32 values, far more than there will ever be. */
const nonceBytes = 12;
const tagBytes = 16;
const version = "1";

/** Encrypts a value under the current key, bound to its place: moved to another row, it does not open. */
export function seal(keys: Keys, place: SealedPlace, value: string): SealedBody {
  const { id: keyId, bytes } = keys.current;
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, bytes, nonce, { authTagLength: tagBytes });
  cipher.setAAD(boundTo(place, keyId));
  const sealed = Buffer.concat([cipher.update(value, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return { keyId, body: [version, nonce.toString("base64url"), sealed.toString("base64url")].join(".") };
}

/** The value again, or why not: its key is not here, or it is not what was sealed for this place. Nothing is changed either way. */
export function open(keys: Keys, place: SealedPlace, { body, keyId }: SealedBody): Result<string, string> {
  const key = keys.all.find(({ id }) => id === keyId);
  const what = `${place.purpose} ${place.id}`;
  if (key === undefined) return err(`${what} is sealed under the key ${keyId}, which the keys file does not hold`);
  const [told, nonce, sealed] = body.split(".").map((part) => Buffer.from(part, "base64url"));
  const known = body.startsWith(`${version}.`) && told !== undefined;
  if (!known || nonce?.length !== nonceBytes || sealed === undefined || sealed.length < tagBytes) {
    return err(`${what} is not sealed in a way this version knows`);
  }
  const decipher = createDecipheriv(algorithm, key.bytes, nonce, { authTagLength: tagBytes });
  decipher.setAAD(boundTo(place, keyId));
  decipher.setAuthTag(sealed.subarray(-tagBytes));
  try {
    return ok(Buffer.concat([decipher.update(sealed.subarray(0, -tagBytes)), decipher.final()]).toString("utf8"));
  } catch {
    return err(`${what} does not open under the key ${keyId}: it was damaged, or belongs to another place`);
  }
}

/** No two places give the same bytes: a JSON list keeps its parts apart. */
function boundTo({ purpose, id }: SealedPlace, keyId: string): Buffer {
  return Buffer.from(JSON.stringify(["pitwall sealed", version, purpose, id, keyId]));
}

/** Keeps a value sealed; `null` takes it away. The error says what is wrong with the keys, and then nothing was written. */
export async function writeSealed(
  writing: Writing,
  keyring: Keyring,
  place: SealedPlace,
  value: string | null,
  now: number,
): Promise<Result<void, string>> {
  if (value === null) {
    await dropSealed(writing, place);
    return ok(undefined);
  }
  const keys = keyring.keys();
  if (!keys.ok) return keys;
  await putSealed(writing, { purpose: place.purpose, id: place.id, ...seal(keys.value, place, value), setAt: now });
  return ok(undefined);
}

/** What was kept there; `null` when nothing is. */
export async function readSealed(
  reading: Reading,
  keyring: Keyring,
  place: SealedPlace,
): Promise<Result<string | null, string>> {
  const row = await findSealed(reading, place);
  if (row === null) return ok(null);
  const keys = keyring.keys();
  return keys.ok ? open(keys.value, place, row) : keys;
}

/** What is kept there, or else what `make` gives, which is kept from then on: two processes that ask at once get the same. */
export async function ensureSealed(
  store: Store,
  keyring: Keyring,
  place: SealedPlace,
  make: () => string,
  now: number,
): Promise<Result<string, string>> {
  return await store.write(async (writing) => {
    const kept = await readSealed(writing, keyring, place);
    if (!kept.ok) return kept;
    if (kept.value !== null) return ok(kept.value);
    const value = make();
    const written = await writeSealed(writing, keyring, place, value, now);
    return written.ok ? ok(value) : written;
  });
}
