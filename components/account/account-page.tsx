"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useState } from "react";
import type { Attempt } from "#components/account/attempt.ts";
import { PasskeySection } from "#components/account/passkey-section.tsx";
import { PasswordSection } from "#components/account/password-section.tsx";
import { Section } from "#components/account/section.tsx";
import { TwoFactorSection } from "#components/account/two-factor-section.tsx";
import { ProveDialog } from "#components/sign-in/prove-dialog.tsx";
import { signOut } from "#components/sign-in/sign-out.ts";
import { leaveWhenSignedOut } from "#components/sign-in/signed-out.ts";
import { Age } from "#components/ui/age.tsx";
import { Button } from "#components/ui/button.tsx";
import type { AccountView, OwnSession } from "#lib/wire/account.ts";
import { endedSessions } from "#lib/wire/account.ts";
import { askApi, orThrow, ProblemError } from "#lib/wire/request.ts";

/** How one signs in, and where one is signed in. */
export function AccountPage({ view, now }: { readonly view: AccountView; readonly now: number }) {
  const router = useRouter();
  // The outside system is the other tabs of this browser.
  useEffect(leaveWhenSignedOut, []);
  const [problem, setProblem] = useState<string>();
  const [again, setAgain] = useState<(() => void) | null>(null);
  const attempt: Attempt = async (work) => {
    setProblem(undefined);
    try {
      await work();
      router.refresh();
      return true;
    } catch (cause) {
      if (cause instanceof ProblemError && cause.problem.code === "reauthentication-needed") {
        setAgain(() => () => void attempt(work));
        return false;
      }
      setProblem(cause instanceof Error ? cause.message : "It did not work. Try again.");
      return false;
    }
  };
  return (
    <>
      <header className="mb-6 flex items-start justify-between gap-4">
        <div className="min-w-0">
          <h1 className="truncate font-semibold text-lg tracking-tight">{view.name}</h1>
          <p className="truncate text-dim">{view.email}</p>
          <p className="mt-1 text-faint text-xs">{rolesOf(view)}</p>
        </div>
        <Button onClick={() => void signOut()}>Sign out</Button>
      </header>
      {view.needsTwoFactor && (
        <p className="mb-5 rounded-md bg-warn-bg px-3 py-2">
          Your role is worth nothing until you have a second factor or a passkey. Set one up below, then sign in with
          it.
        </p>
      )}
      {problem !== undefined && (
        <p role="alert" className="mb-5 rounded-md bg-crit-bg px-3 py-2 text-crit">
          {problem}
        </p>
      )}
      <VouchedFor view={view} />
      <PasswordSection view={view} attempt={attempt} />
      <PasskeySection view={view} attempt={attempt} now={now} />
      <TwoFactorSection view={view} attempt={attempt} />
      <Sessions sessions={view.sessions} now={now} attempt={attempt} />
      <p className="mt-6">
        <Link href="/" className="text-dim underline underline-offset-2 hover:text-text">
          Back to the board
        </Link>
      </p>
      <ProveDialog
        open={again !== null}
        email={view.email}
        ways={view.proofs}
        onClose={() => setAgain(null)}
        onProved={() => {
          setAgain(null);
          again?.();
        }}
      />
    </>
  );
}

/** Whose word opens the account, where it is another's. */
function VouchedFor({ view: { proofs, byProxy } }: { readonly view: AccountView }) {
  const by = [...(proofs.provider === null ? [] : [proofs.provider]), ...(byProxy ? ["the proxy in front"] : [])];
  if (by.length === 0) return null;
  return (
    <Section title="Signed in by others">
      <p className="text-dim">
        This account is opened by <b className="text-text">{by.join(" and ")}</b>, whose groups give its roles at each
        sign-in.
        {proofs.provider !== null && " A fresh proof before what is of high risk is asked for there as well."}
        {proofs.provider === null &&
          !proofs.password &&
          " Before what is of high risk a fresh proof is needed, which a proxy cannot give: whoever administers Pitwall can send a link that sets a password."}
      </p>
    </Section>
  );
}

function rolesOf({ grants }: AccountView): string {
  const words = grants.map(({ role, group }) => (group === null ? role : `${role} of ${group}`));
  return words.length === 0 ? "No role yet" : words.join(" · ");
}

const methods: Readonly<Record<string, string>> = {
  password: "password",
  passkey: "passkey",
  oidc: "the provider",
  link: "one-time link",
  proxy: "the proxy",
};

function Sessions({
  sessions,
  now,
  attempt,
}: {
  readonly sessions: readonly OwnSession[];
  readonly now: number;
  readonly attempt: Attempt;
}): ReactNode {
  const end = (path: string) =>
    void attempt(() =>
      orThrow(askApi(`/api/v1/account/sessions/${path}`, endedSessions, { method: "POST", body: {} })),
    );
  return (
    <Section
      title="Where you are signed in"
      action={
        sessions.length > 1 && (
          <Button size="sm" onClick={() => end("end-others")}>
            Sign out everywhere else
          </Button>
        )
      }
    >
      <ul className="flex flex-col divide-y divide-line">
        {sessions.map((session) => (
          <li key={session.id} className="flex items-center gap-3 py-2 first:pt-0 last:pb-0">
            <span className="min-w-0 flex-1">
              <span className="block truncate">
                {session.device}
                {session.current && <span className="ml-2 rounded-sm bg-raised px-1.5 text-dim text-xs">this one</span>}
              </span>
              <span className="block truncate text-faint text-xs">
                {session.from ?? "address not known"} · by {methods[session.method] ?? session.method} · used{" "}
                <Age at={session.seenAt} now={now} />
              </span>
            </span>
            {!session.current && (
              <Button size="sm" onClick={() => end(`${encodeURIComponent(session.id)}/end`)}>
                Sign out
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Section>
  );
}
