import { type Actor, systemActor } from "#lib/access/actor.ts";
import { makeDemoLink, makeSetupLink } from "#lib/commands/make-link.ts";
import type { Store } from "#lib/store/open-store.ts";

/** Whoever may start Pitwall, or write to its store, at this machine. */
export const commandLine: Actor = { ...systemActor("command line"), method: "command-line" };

/** The page where a link is used. The secret stands behind the #, which no browser sends: no log and no referrer has it. */
export function pageOfLink(secret: string): string {
  return `/welcome#${secret}`;
}

/** The page that makes the first account; `null` when somebody has one. */
export async function setupPage(store: Store): Promise<string | null> {
  const secret = await makeSetupLink(store, commandLine, Date.now());
  return secret === null ? null : pageOfLink(secret);
}

/** The page that signs in the demo's user. */
export async function demoPage(store: Store): Promise<string> {
  return pageOfLink(await makeDemoLink(store, commandLine, Date.now()));
}
