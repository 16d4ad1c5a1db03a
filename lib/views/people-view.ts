import type { Actor } from "#lib/access/actor.ts";
import { neededWords } from "#lib/access/allowed.ts";
import { may } from "#lib/access/roles.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Store } from "#lib/store/open-store.ts";
import { listPeople } from "#lib/store/people.ts";
import type { PersonDto } from "#lib/wire/person.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Who has an account and may what, by address; for whoever administers everything. */
export async function peopleView(store: Store, actor: Actor): Promise<Result<PersonDto[], Refusal>> {
  if (!may(actor, "administer", null)) {
    return err({ code: "forbidden", detail: `This needs ${neededWords(["administer"], "all")}.` });
  }
  const people = await store.read((reading) => listPeople(reading));
  return ok(
    people.map(({ vouchedBy, grants, ...person }) => ({ ...person, vouchedBy: [...vouchedBy], grants: [...grants] })),
  );
}
