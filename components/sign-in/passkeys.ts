import { z } from "zod";
import { askDoor, done, prove } from "#components/sign-in/ask-door.ts";
import type { Opened } from "#lib/wire/sign-in.ts";

const ceremony = z.object({ challenge: z.string() }).loose();

/** Whether a passkey can be used here: a browser that knows them, on a secure page with a name (WebAuthn Level 3, 5.1.3). */
export function passkeysWork(): boolean {
  if (typeof PublicKeyCredential === "undefined" || !window.isSecureContext) return false;
  if (typeof PublicKeyCredential.parseRequestOptionsFromJSON !== "function") return false;
  return !/^(\d+\.){3}\d+$|^\[/.test(window.location.hostname);
}

/** Signs in by a passkey; throws what the server or the browser refuses. */
export async function signInByPasskey(): Promise<Opened> {
  const options = await askDoor("/passkey/generate-authenticate-options", ceremony);
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const credential = await asked(navigator.credentials.get({ publicKey }));
  return await prove("/passkey/verify-authentication", { response: credential });
}

/** Makes a passkey for whoever is signed in. */
export async function addPasskey(name: string): Promise<void> {
  const options = await askDoor("/passkey/generate-register-options", ceremony);
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  const credential = await asked(navigator.credentials.create({ publicKey }));
  await askDoor("/passkey/verify-registration", done, { method: "POST", body: { response: credential, name } });
}

async function asked(dialog: Promise<Credential | null>): Promise<unknown> {
  const credential = await dialog.catch((cause: unknown) => {
    const aborted = cause instanceof DOMException && ["NotAllowedError", "AbortError"].includes(cause.name);
    throw new Error(
      aborted ? "The passkey was not used. Try again, or use a password." : "This passkey does not work here.",
    );
  });
  if (!(credential instanceof PublicKeyCredential)) throw new Error("The browser gave no passkey.");
  return credential.toJSON();
}
