"use client";

import { type FormEvent, useState } from "react";
import type { Attempt } from "#components/account/attempt.ts";
import { Section } from "#components/account/section.tsx";
import { askDoor, done } from "#components/sign-in/ask-door.ts";
import { Button } from "#components/ui/button.tsx";
import { TextField } from "#components/ui/field.tsx";
import type { AccountView } from "#lib/wire/account.ts";

/** Changing the password, which signs out everywhere else. */
export function PasswordSection({ view, attempt }: { readonly view: AccountView; readonly attempt: Attempt }) {
  const [open, setOpen] = useState(false);
  const [changed, setChanged] = useState(false);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = {
      currentPassword: form.get("current"),
      newPassword: form.get("new"),
      revokeOtherSessions: true,
    };
    void attempt(() => askDoor("/change-password", done, { method: "POST", body })).then((good) => {
      if (!good) return;
      setOpen(false);
      setChanged(true);
    });
  };
  return (
    <Section
      title="Password"
      action={
        view.hasPassword && (
          <Button size="sm" onClick={() => setOpen(!open)} aria-expanded={open}>
            {open ? "Leave it" : "Change …"}
          </Button>
        )
      }
    >
      {!open && (
        <p className="text-dim">
          {changed
            ? "Changed. Everywhere else you are signed out."
            : view.hasPassword
              ? "Set."
              : "None. Whoever administers Pitwall can send you a link that sets one."}
        </p>
      )}
      {open && (
        <form onSubmit={submit} className="flex flex-col gap-3">
          <TextField label="Current password" name="current" type="password" autoComplete="current-password" required />
          <TextField
            label="New password"
            name="new"
            type="password"
            autoComplete="new-password"
            required
            minLength={12}
            maxLength={128}
            hint="12 characters or more. It signs you out everywhere else."
          />
          <Button type="submit" variant="primary" className="self-end">
            Change it
          </Button>
        </form>
      )}
    </Section>
  );
}
