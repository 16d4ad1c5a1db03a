"use client";

import { type FormEvent, type ReactNode, useState, useSyncExternalStore } from "react";
import { prove } from "#components/sign-in/ask-door.ts";
import { DoorProblem, DoorTitle } from "#components/sign-in/door-frame.tsx";
import { passkeysWork, signInByPasskey } from "#components/sign-in/passkeys.ts";
import { leaveForProvider } from "#components/sign-in/provider.ts";
import { ProxyEntrance } from "#components/sign-in/proxy-entrance.tsx";
import { RefusalNotice } from "#components/sign-in/refusal-notice.tsx";
import { SecondFactor } from "#components/sign-in/second-factor.tsx";
import { useListening } from "#components/sign-in/use-listening.ts";
import { useProof } from "#components/sign-in/use-proof.ts";
import { Button } from "#components/ui/button.tsx";
import { TextField } from "#components/ui/field.tsx";
import type { SignInView } from "#lib/wire/sign-in.ts";

/** Why somebody is here: `refused`: the provider's answer was no sign-in; `out`: they have just signed out. */
export type CameBy = "asked" | "refused" | "out";

/** Signing in by the provider, by the proxy in front, by a passkey or a password, and a second factor where there is one. */
export function SignInPage({ view, to, by }: { readonly view: SignInView; readonly to: string; readonly by: CameBy }) {
  const [half, setHalf] = useState(false);
  const enter = () => window.location.assign(to);
  const others = view.provider !== null || view.proxyUser !== null;
  if (half) return <SecondFactor onDone={enter} onBack={() => setHalf(false)} />;
  if (!view.anybody && !others) return <NobodyYet />;
  return (
    <>
      <DoorTitle title="Sign in">{by === "out" ? "You are signed out." : undefined}</DoorTitle>
      {by === "refused" && <RefusalNotice />}
      {view.proxyUser !== null && <ProxyEntrance user={view.proxyUser} alone={by === "asked"} onDone={enter} />}
      {view.provider !== null && <ProviderEntrance name={view.provider} to={to} />}
      {view.anybody ? (
        <>
          {others && <Or />}
          <OwnAccount first={!others} onDone={enter} onHalf={() => setHalf(true)} />
        </>
      ) : (
        <p className="mt-5 text-faint text-xs">
          Nobody has an account yet. Where Pitwall was started it printed a link that makes the first one.
        </p>
      )}
    </>
  );
}

function NobodyYet() {
  return (
    <DoorTitle title="Nobody has an account yet">
      Where Pitwall was started it printed a link that makes the first one. It works for an hour; starting Pitwall again
      prints a fresh one.
    </DoorTitle>
  );
}

function ProviderEntrance({ name, to }: { readonly name: string; readonly to: string }) {
  const { problem, pending, attempt } = useProof(() => undefined);
  const listening = useListening();
  const leave = () =>
    attempt(async () => {
      await leaveForProvider({ to });
      return { twoFactor: false };
    });
  return (
    <div className="flex flex-col gap-4">
      <DoorProblem>{problem}</DoorProblem>
      <Button variant="primary" pending={pending} disabled={!listening} onClick={leave} className="min-h-9">
        Sign in with {name}
      </Button>
    </div>
  );
}

function Or(): ReactNode {
  return (
    <p className="my-5 flex items-center gap-3 text-faint text-xs before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
      or by an account of this Pitwall
    </p>
  );
}

const never = () => () => {};

function OwnAccount({
  first,
  onDone,
  onHalf,
}: {
  /** Whether there is no other way in above it. */
  readonly first: boolean;
  readonly onDone: () => void;
  readonly onHalf: () => void;
}) {
  const { problem, pending, attempt } = useProof(({ twoFactor }) => (twoFactor ? onHalf() : onDone()));
  const keys = useSyncExternalStore(never, passkeysWork, () => false);
  const listening = useListening();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    attempt(() => prove("/sign-in/email", { email: form.get("email"), password: form.get("password") }));
  };
  return (
    <>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          label="Address"
          name="email"
          type="email"
          autoComplete="username webauthn"
          required
          autoFocus={first}
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
        <Button
          type="submit"
          variant={first ? "primary" : "plain"}
          pending={pending}
          disabled={!listening}
          className="min-h-9"
        >
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
