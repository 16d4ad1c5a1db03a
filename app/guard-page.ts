import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { cache } from "react";
import type { Actor } from "#lib/access/actor.ts";
import { neededWords } from "#lib/access/allowed.ts";
import { type PagePath, pageDoors } from "#lib/access/doors/pages.ts";
import { identifyRequest } from "#lib/access/identify-request.ts";
import { mayAnywhere } from "#lib/access/roles.ts";
import { type Sight, sightOf } from "#lib/access/sight.ts";
import type { Store } from "#lib/store/open-store.ts";
import { noteRefusal } from "./note-refusal.ts";
import { openedStore } from "./store.ts";

export interface Visit {
  readonly store: Store;
  readonly actor: Actor;
  readonly sight: Sight;
}

/** Who looks at the page that is being painted; asked once, however many parts of it want to know. */
export const visitor = cache(async (): Promise<Visit | null> => {
  const store = await openedStore();
  const told = new Headers(await headers());
  // A token is for scripts: a page never opens by one.
  told.delete("authorization");
  const actor = await identifyRequest(store, told, Date.now());
  return actor === null ? null : { store, actor, sight: sightOf(actor) };
});

/** Lets in who may open this page, and leads everybody else to the sign-in, which leads back to `here`. */
export async function guardPage(path: PagePath, here: string = path): Promise<Visit> {
  const visit = await visitor();
  if (visit === null) redirect(`/sign-in?to=${encodeURIComponent(here)}`);
  const { needs } = pageDoors[path];
  if (!mayAnywhere(visit.actor, needs)) {
    const detail = `This needs ${neededWords([needs], "own")}.`;
    noteRefusal({ door: `page ${path}`, code: "forbidden", detail, headers: new Headers(), actor: visit.actor });
    redirect("/not-allowed");
  }
  return visit;
}
