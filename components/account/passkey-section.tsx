"use client";

import { type FormEvent, useSyncExternalStore } from "react";
import type { Attempt } from "#components/account/attempt.ts";
import { Section } from "#components/account/section.tsx";
import { askDoor, done } from "#components/sign-in/ask-door.ts";
import { addPasskey, passkeysWork } from "#components/sign-in/passkeys.ts";
import { Age } from "#components/ui/age.tsx";
import { Button } from "#components/ui/button.tsx";
import { TextField } from "#components/ui/field.tsx";
import { textIn } from "#components/ui/text-in.ts";
import type { AccountView } from "#lib/wire/account.ts";

const never = () => () => {};

/** The passkeys of an account, and adding one. */
export function PasskeySection({
  view,
  attempt,
  now,
}: {
  readonly view: AccountView;
  readonly attempt: Attempt;
  readonly now: number;
}) {
  const works = useSyncExternalStore(never, passkeysWork, () => true);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const name = textIn(new FormData(form), "name") || "Passkey";
    void attempt(() => addPasskey(name)).then((good) => good && form.reset());
  };
  const remove = (id: string) =>
    void attempt(() => askDoor("/passkey/delete-passkey", done, { method: "POST", body: { id } }));
  return (
    <Section title="Passkeys">
      {view.passkeys.length > 0 && (
        <ul className="mb-3 flex flex-col divide-y divide-line">
          {view.passkeys.map(({ id, name, madeAt }) => (
            <li key={id} className="flex items-center gap-3 py-2 first:pt-0">
              <span className="min-w-0 flex-1 truncate">
                {name}
                {madeAt !== null && (
                  <span className="ml-2 text-faint text-xs">
                    added <Age at={madeAt} now={now} />
                  </span>
                )}
              </span>
              <Button size="sm" onClick={() => remove(id)} aria-label={`Remove the passkey ${name}`}>
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
      {works ? (
        <form onSubmit={submit} className="flex items-end gap-2">
          <TextField label="Name of a new one" name="name" maxLength={60} placeholder="Laptop" className="flex-1" />
          <Button type="submit">Add a passkey</Button>
        </form>
      ) : (
        <p className="text-dim">
          Passkeys need a name and TLS: open Pitwall by its https address, or on this machine as localhost.
        </p>
      )}
    </Section>
  );
}
