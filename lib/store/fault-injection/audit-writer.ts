import { systemActor } from "#lib/access/actor.ts";
import { insertAudit } from "#lib/store/audit.ts";
import { openStore } from "#lib/store/open-store.ts";

/** Writes audit rows of a name into a store, one after the other, and prints each number once it is committed, until it is killed. */
const [file = "", name = ""] = process.argv.slice(2);
const store = await openStore({ file });
for (let i = 1; ; i += 1) {
  const entry = { at: Date.now(), actor: systemActor(name), command: "c", target: String(i) };
  await store.write((writing) => insertAudit(writing, entry));
  process.stdout.write(`${i}\n`);
}
