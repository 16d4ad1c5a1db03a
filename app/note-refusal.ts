import type { Actor } from "#lib/access/actor.ts";
import { stranger } from "#lib/access/identity/refused-tries.ts";
import { peerOf } from "#lib/access/peer.ts";
import type { Store } from "#lib/store/open-store.ts";
import type { ProblemCode, Refusal } from "#lib/wire/problem.ts";
import { openedStore } from "./store.ts";

/** What a door says to somebody who should not have come, or not so often. Commands audit what they refuse themselves. */
const told: ReadonlySet<ProblemCode | "cross-origin" | "untrusted-host"> = new Set([
  "unauthorized",
  "forbidden",
  "too-many-requests",
  "cross-origin",
  "untrusted-host",
]);

/** A refusal at a door, before anything was done. */
export interface DoorRefusal {
  /** The door as its table names it, never what stood in its place: `GET /api/v1/runs/[id]`. */
  readonly door: string;
  readonly code: ProblemCode | "cross-origin" | "untrusted-host";
  readonly detail: string;
  readonly headers: Headers;
  /** Who it was; `null`: nobody that Pitwall knows. */
  readonly actor: Actor | null;
}

/**
 * Audits who was turned away at a door; too many share a row. Nobody waits for it, and what cannot be written is a line of the
 * log: a door that is shut stays shut whatever the store does.
 */
export function noteRefusal({ door, code, detail, headers, actor }: DoorRefusal): void {
  if (!told.has(code)) return;
  const who = actor ?? stranger("nobody signed in", peerOf(headers));
  write(who, door, code, detail).catch((cause: unknown) => console.error(`${door} refused, and not audited`, cause));
}

async function write(actor: Actor, door: string, code: DoorRefusal["code"], detail: string): Promise<void> {
  const store: Pick<Store, "refuse"> = await openedStore();
  // The log keeps the words as they are; its own codes are those of the wire.
  await store.refuse({ actor, command: "enter", target: door, at: Date.now() }, { code, detail } as Refusal);
}
