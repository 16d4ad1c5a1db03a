"use client";

import { type FormEvent, useState, useSyncExternalStore } from "react";
import { prove } from "#components/sign-in/ask-door.ts";
import { DoorProblem, DoorTitle } from "#components/sign-in/door-frame.tsx";
import { passkeysWork, signInByPasskey } from "#components/sign-in/passkeys.ts";
import { SecondFactor } from "#components/sign-in/second-factor.tsx";
import { useProof } from "#components/sign-in/use-proof.ts";
import { Button } from "#components/ui/button.tsx";
import { TextField } from "#components/ui/field.tsx";
import type { SignInView } from "#lib/wire/sign-in.ts";

/** Signing in by a passkey or a password, and a second factor where there is one. */
export function SignInPage({ view, to }: { readonly view: SignInView; readonly to: string }) {
  const [half, setHalf] = useState(false);
  const enter = () => window.location.assign(to);
  if (!view.anybody) return <NobodyYet />;
  if (half) return <SecondFactor onDone={enter} onBack={() => setHalf(false)} />;
  return <FirstFactor onDone={enter} onHalf={() => setHalf(true)} />;
}

function NobodyYet() {
  return (
    <DoorTitle title="Nobody has an account yet">
      Where Pitwall was started it printed a link that makes the first one. It works for an hour; starting Pitwall again
      prints a fresh one.
    </DoorTitle>
  );
}

const never = () => () => {};

function FirstFactor({ onDone, onHalf }: { readonly onDone: () => void; readonly onHalf: () => void }) {
  const { problem, pending, attempt } = useProof(({ twoFactor }) => (twoFactor ? onHalf() : onDone()));
  const keys = useSyncExternalStore(never, passkeysWork, () => false);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    attempt(() => prove("/sign-in/email", { email: form.get("email"), password: form.get("password") }));
  };
  return (
    <>
      <DoorTitle title="Sign in" />
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label="Address"
          name="email"
          type="email"
          autoComplete="username webauthn"
          required
          autoFocus
          maxLength={254}
          placeholder="you@example.com"
        />
        <TextField
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          maxLength={128}
        />
        <DoorProblem>{problem}</DoorProblem>
        <Button type="submit" variant="primary" pending={pending} className="min-h-9">
          Sign in
        </Button>
        {keys && (
          <Button onClick={() => attempt(signInByPasskey)} className="min-h-9">
            Use a passkey
          </Button>
        )}
      </form>
      <p className="mt-5 text-faint text-xs">
        No account, or no way in? Whoever administers Pitwall can send you a link that sets a new password.
      </p>
    </>
  );
}
