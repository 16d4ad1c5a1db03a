import { z } from "zod";
import { askDoor } from "#components/sign-in/ask-door.ts";
import { leadsTo, type ToldRefusal, toldRefusal } from "#lib/wire/sign-in.ts";

/** Leaves for the provider, which sends the browser back to `to`. Throws what the server refuses. */
export async function leaveForProvider(question: { readonly to: string } | { readonly prove: true }): Promise<void> {
  const { url } = await askDoor("/oidc/begin", leadsTo, { method: "POST", body: question });
  if (url !== null) window.location.assign(url);
}

/** Why the provider's answer opened nothing; told once. */
export async function refusalByProvider(): Promise<ToldRefusal | null> {
  const answer = z.object({ told: toldRefusal.nullable() });
  return (await askDoor("/oidc/refusal", answer, { method: "POST", body: {} })).told;
}

const channel = "pitwall-proof";
const proven = "proven";

/** Tells the other windows of this browser that there is a fresh proof: they have the new session already. */
export function tellProven(): void {
  const told = new BroadcastChannel(channel);
  told.postMessage(proven);
  told.close();
}

/** Calls back when another window has told so; returns how to stop listening. */
export function whenProven(go: () => void): () => void {
  const heard = new BroadcastChannel(channel);
  heard.onmessage = ({ data }) => {
    if (data === proven) go();
  };
  return () => heard.close();
}
