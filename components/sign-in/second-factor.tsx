"use client";

import { type FormEvent, useState } from "react";
import { prove } from "#components/sign-in/ask-door.ts";
import { DoorProblem, DoorTitle } from "#components/sign-in/door-frame.tsx";
import { useProof } from "#components/sign-in/use-proof.ts";
import { Button } from "#components/ui/button.tsx";
import { TextField } from "#components/ui/field.tsx";

/** The code of an authenticator app, or one of the recovery codes. */
export function SecondFactor({ onDone, onBack }: { readonly onDone: () => void; readonly onBack: () => void }) {
  const [recovery, setRecovery] = useState(false);
  const { problem, pending, attempt } = useProof(onDone);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get("code") ?? "").replaceAll(/\s/g, "");
    attempt(() => prove(recovery ? "/two-factor/verify-backup-code" : "/two-factor/verify-totp", { code }));
  };
  return (
    <>
      <DoorTitle title="Second factor">
        {recovery
          ? "One of the codes you kept. Each works once."
          : "The six digits that your authenticator app shows now."}
      </DoorTitle>
      <form onSubmit={submit} className="flex flex-col gap-4" key={String(recovery)}>
        <TextField
          label={recovery ? "Recovery code" : "Code"}
          name="code"
          inputMode={recovery ? "text" : "numeric"}
          autoComplete="one-time-code"
          autoFocus
          required
          maxLength={40}
          className="font-mono"
        />
        <DoorProblem>{problem}</DoorProblem>
        <Button type="submit" variant="primary" pending={pending} className="min-h-9">
          Go on
        </Button>
        <span className="flex justify-between">
          <Button variant="quiet" size="sm" onClick={onBack}>
            Back
          </Button>
          <Button variant="quiet" size="sm" onClick={() => setRecovery(!recovery)}>
            {recovery ? "Use the app's code" : "Use a recovery code"}
          </Button>
        </span>
      </form>
    </>
  );
}
