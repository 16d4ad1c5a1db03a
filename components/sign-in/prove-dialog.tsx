"use client";

import { type FormEvent, useState } from "react";
import { prove } from "#components/sign-in/ask-door.ts";
import { DoorProblem } from "#components/sign-in/door-frame.tsx";
import { passkeysWork, signInByPasskey } from "#components/sign-in/passkeys.ts";
import { SecondFactor } from "#components/sign-in/second-factor.tsx";
import { useProof } from "#components/sign-in/use-proof.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { TextField } from "#components/ui/field.tsx";

/** Asks whoever is signed in to prove once more who they are, and then goes on with what they were doing. */
export function ProveDialog({
  open,
  email,
  onClose,
  onProved,
}: {
  readonly open: boolean;
  /** Whose account it is; `null` where the page does not know, and then it is asked for. */
  readonly email: string | null;
  readonly onClose: () => void;
  readonly onProved: () => void;
}) {
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title="Is it still you?"
      description="Your last proof is some time ago, and this can hurt. Prove it once more; what you were doing goes on."
      width="sm"
    >
      <div className="px-4 py-4 sm:px-5.5">{open && <Proof email={email} onProved={onProved} />}</div>
    </Dialog>
  );
}

function Proof({ email, onProved }: { readonly email: string | null; readonly onProved: () => void }) {
  const [half, setHalf] = useState(false);
  const { problem, pending, attempt } = useProof(({ twoFactor }) => (twoFactor ? setHalf(true) : onProved()));
  if (half) return <SecondFactor onDone={onProved} onBack={() => setHalf(false)} />;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    attempt(() => prove("/sign-in/email", { email: form.get("email"), password: form.get("password") }));
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        label="Address"
        name="email"
        type="email"
        autoComplete="username"
        required
        {...(email === null ? { autoFocus: true } : { value: email, readOnly: true })}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        autoFocus={email !== null}
      />
      <DoorProblem>{problem}</DoorProblem>
      <span className="flex flex-wrap justify-end gap-2">
        {passkeysWork() && <Button onClick={() => attempt(signInByPasskey)}>Use a passkey</Button>}
        <Button type="submit" variant="primary" pending={pending}>
          Go on
        </Button>
      </span>
    </form>
  );
}
