"use client";

import { type FormEvent, useEffect, useState } from "react";
import { prove } from "#components/sign-in/ask-door.ts";
import { DoorProblem } from "#components/sign-in/door-frame.tsx";
import { passkeysWork, signInByPasskey } from "#components/sign-in/passkeys.ts";
import { whenProven } from "#components/sign-in/provider.ts";
import { SecondFactor } from "#components/sign-in/second-factor.tsx";
import { useProof } from "#components/sign-in/use-proof.ts";
import { Button, buttonClass } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { TextField } from "#components/ui/field.tsx";
import type { ProofWays } from "#lib/wire/sign-in.ts";

interface Asked {
  /** Whose account it is; `null` where the page does not know, and then it is asked for. */
  readonly email: string | null;
  /** What the account has; `null` where the page does not know. */
  readonly ways: ProofWays | null;
  readonly onProved: () => void;
}

/** Asks whoever is signed in to prove once more who they are, and then goes on with what they were doing. */
export function ProveDialog({
  open,
  onClose,
  ...asked
}: Asked & { readonly open: boolean; readonly onClose: () => void }) {
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title="Is it still you?"
      description="Your last proof is some time ago, and this can hurt. Prove it once more; what you were doing goes on."
      width="sm"
    >
      <div className="flex flex-col gap-4 px-4 py-4 sm:px-5.5">{open && <Ways {...asked} />}</div>
    </Dialog>
  );
}

function Ways({ email, ways, onProved }: Asked) {
  const [half, setHalf] = useState(false);
  if (half) return <SecondFactor onDone={onProved} onBack={() => setHalf(false)} />;
  const provider = ways?.provider ?? null;
  return (
    <>
      {provider !== null && <ByProvider name={provider} onProved={onProved} />}
      {ways === null || ways.password ? (
        <ByPassword email={email} first={provider === null} onHalf={() => setHalf(true)} onProved={onProved} />
      ) : (
        <ByPasskey alone={provider === null} onProved={onProved} />
      )}
    </>
  );
}

/** In a window of its own, so that nothing is lost here; that window tells when it is done. */
function ByProvider({ name, onProved }: { readonly name: string; readonly onProved: () => void }) {
  const [left, setLeft] = useState(false);
  useEffect(() => whenProven(onProved), [onProved]);
  return (
    <div className="flex flex-col gap-2">
      <a
        href="/prove"
        target="pitwall-prove"
        className={buttonClass("primary")}
        onClick={(event) => {
          // A window that a script opened may close itself again; where that is blocked the link does what links do.
          if (window.open("/prove", "pitwall-prove", "popup,width=520,height=760") !== null) event.preventDefault();
          setLeft(true);
        }}
      >
        Prove it with {name}
      </a>
      {left && <p className="text-dim text-xs">Go on in the window that has opened. This one waits for it.</p>}
    </div>
  );
}

function ByPassword({
  email,
  first,
  onHalf,
  onProved,
}: Pick<Asked, "email" | "onProved"> & { readonly first: boolean; readonly onHalf: () => void }) {
  const { problem, pending, attempt } = useProof(({ twoFactor }) => (twoFactor ? onHalf() : onProved()));
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
        {...(email === null ? { autoFocus: first } : { value: email, readOnly: true })}
      />
      <TextField
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        autoFocus={first && email !== null}
      />
      <DoorProblem>{problem}</DoorProblem>
      <span className="flex flex-wrap justify-end gap-2">
        {passkeysWork() && <Button onClick={() => attempt(signInByPasskey)}>Use a passkey</Button>}
        <Button type="submit" variant={first ? "primary" : "plain"} pending={pending}>
          Go on
        </Button>
      </span>
    </form>
  );
}

/** `alone`: there is neither a password nor a provider, because a proxy vouches, and that cannot prove who sits here now. */
function ByPasskey({ alone, onProved }: { readonly alone: boolean; readonly onProved: () => void }) {
  const { problem, pending, attempt } = useProof(onProved);
  return (
    <>
      {alone && (
        <p>
          The proxy that lets you in cannot prove that it is you now. A passkey or a password can: whoever administers
          Pitwall can send you a link that sets one, under Settings → People → Reset.
        </p>
      )}
      <DoorProblem>{problem}</DoorProblem>
      {passkeysWork() && (
        <Button pending={pending} onClick={() => attempt(signInByPasskey)}>
          Use a passkey
        </Button>
      )}
    </>
  );
}
