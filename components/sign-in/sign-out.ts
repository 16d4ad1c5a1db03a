import { z } from "zod";
import { askDoor } from "#components/sign-in/ask-door.ts";

/** Ends this session and leads to the sign-in. A session that has ended already is signed out as well. */
export async function signOut(): Promise<void> {
  await askDoor("/sign-out", z.object({}).loose(), { method: "POST", body: {} }).catch(() => undefined);
  window.location.replace("/sign-in");
}
