"use client";

import Link from "next/link";
import { type FormEvent, useEffect, useState } from "react";
import { askDoor, prove } from "#components/sign-in/ask-door.ts";
import { DoorProblem, DoorTitle } from "#components/sign-in/door-frame.tsx";
import { addPasskey, passkeysWork } from "#components/sign-in/passkeys.ts";
import { useProof } from "#components/sign-in/use-proof.ts";
import { Button } from "#components/ui/button.tsx";
import { TextField } from "#components/ui/field.tsx";
import { Spinner } from "#components/ui/spinner.tsx";
import { type LinkAnswer, type LinkPurpose, linkAnswer } from "#lib/wire/sign-in.ts";

type Looked =
  | { readonly is: "looking" }
  | { readonly is: "dead" }
  | { readonly is: "good"; readonly secret: string; readonly link: LinkAnswer };

/** Uses a link that works once. Opening the page asks what it is for; only a button, or for the demo this page, uses it up. */
export function WelcomePage() {
  const [looked, setLooked] = useState<Looked>({ is: "looking" });
  useEffect(() => {
    // The part behind the # is known to the browser alone; it leaves the address bar and the history at once.
    const secret = window.location.hash.slice(1);
    window.history.replaceState(null, "", window.location.pathname);
    follow(secret).then(setLooked, () => setLooked({ is: "dead" }));
  }, []);
  switch (looked.is) {
    case "looking":
      return (
        <p className="flex items-center justify-center gap-2 py-6 text-dim">
          <Spinner /> Looking at your link
        </p>
      );
    case "dead":
      return <DeadEnd />;
    case "good":
      return <Account {...looked} />;
    default:
      return looked satisfies never;
  }
}

/** A link that asks for nothing, the demo's, is used by this page's own POST. */
async function follow(secret: string): Promise<Looked> {
  const link = await askDoor("/link/look", linkAnswer, { method: "POST", body: { secret } });
  if (link.needsPassword) return { is: "good", secret, link };
  await prove("/link/use", { secret });
  enter();
  return { is: "looking" };
}

const enter = () => window.location.replace("/");

function DeadEnd() {
  return (
    <>
      <DoorTitle title="This link does not work">
        It was used, has expired, or was not copied whole. Each link works once. Where Pitwall was started, a new start
        prints a fresh one; or ask whoever sent it.
      </DoorTitle>
      <p>
        <Link href="/sign-in" className="underline underline-offset-2">
          Sign in instead
        </Link>
      </p>
    </>
  );
}

const titles: Readonly<Record<Exclude<LinkPurpose, "demo">, string>> = {
  setup: "Make the first account",
  invite: "Welcome to Pitwall",
  reset: "Choose a new password",
};

const says: Readonly<Record<Exclude<LinkPurpose, "demo">, string>> = {
  setup: "It administers this Pitwall: it may do everything, and invite the others.",
  invite: "Choose how you will sign in from now on.",
  reset: "Everything that is signed in by the old one is signed out.",
};

function Account({ secret, link }: { readonly secret: string; readonly link: LinkAnswer }) {
  const purpose = link.purpose === "demo" ? "invite" : link.purpose;
  const [withKey, setWithKey] = useState(false);
  const { problem, pending, attempt } = useProof(enter);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = Object.fromEntries(
      [...new FormData(event.currentTarget)].filter(([, value]) => value !== "").map(([key, value]) => [key, value]),
    );
    attempt(async () => {
      const opened = await prove("/link/use", { secret, ...form });
      if (withKey) await addPasskey("First passkey").catch(() => window.location.assign("/account"));
      return opened;
    });
  };
  return (
    <>
      <DoorTitle title={titles[purpose]}>{says[purpose]}</DoorTitle>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {link.email === null ? (
          <TextField
            label="Your address"
            name="email"
            type="email"
            autoComplete="username"
            required
            autoFocus
            maxLength={254}
            placeholder="you@example.com"
            hint="How you sign in. Nothing is sent to it."
          />
        ) : (
          <TextField label="Your address" value={link.email} readOnly type="email" autoComplete="username" />
        )}
        {purpose !== "reset" && (
          <TextField
            label="Your name"
            name="name"
            autoComplete="name"
            maxLength={120}
            placeholder="As the team knows you"
          />
        )}
        {!withKey && (
          <TextField
            label="Password"
            name="password"
            type="password"
            autoComplete="new-password"
            required
            minLength={12}
            maxLength={128}
            hint="12 characters or more. Four words that nobody else would put together are good."
          />
        )}
        <DoorProblem>{problem}</DoorProblem>
        <Button type="submit" variant="primary" pending={pending} className="min-h-9">
          {withKey ? "Make a passkey and go in" : "Go in"}
        </Button>
        <KeyChoice withKey={withKey} onChange={setWithKey} />
      </form>
    </>
  );
}

function KeyChoice({
  withKey,
  onChange,
}: {
  readonly withKey: boolean;
  readonly onChange: (withKey: boolean) => void;
}) {
  if (!passkeysWork()) return null;
  return (
    <Button variant="quiet" size="sm" onClick={() => onChange(!withKey)} className="self-center">
      {withKey ? "Use a password instead" : "Use a passkey instead of a password"}
    </Button>
  );
}
