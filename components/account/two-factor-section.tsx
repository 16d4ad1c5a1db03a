"use client";

import { type FormEvent, useState } from "react";
import { encode } from "uqr";
import { z } from "zod";
import type { Attempt } from "#components/account/attempt.ts";
import { Section } from "#components/account/section.tsx";
import { askDoor, done, prove } from "#components/sign-in/ask-door.ts";
import { Button } from "#components/ui/button.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { TextField } from "#components/ui/field.tsx";
import type { AccountView } from "#lib/wire/account.ts";

const begun = z.object({ totpURI: z.string(), backupCodes: z.array(z.string()) });
type Begun = z.infer<typeof begun>;

/** Codes of an authenticator app as a second factor, with recovery codes that are shown once. */
export function TwoFactorSection({ view, attempt }: { readonly view: AccountView; readonly attempt: Attempt }) {
  const [asking, setAsking] = useState(false);
  const [setUp, setSetUp] = useState<Begun | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const begin = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const password = new FormData(event.currentTarget).get("password");
    void attempt(async () => {
      if (view.twoFactor) await askDoor("/two-factor/disable", done, { method: "POST", body: { password } });
      else setSetUp(await askDoor("/two-factor/enable", begun, { method: "POST", body: { password } }));
      setAsking(false);
    });
  };
  const confirm = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const code = String(new FormData(event.currentTarget).get("code") ?? "").replaceAll(/\s/g, "");
    void attempt(async () => {
      await prove("/two-factor/verify-totp", { code });
      setCodes(setUp?.backupCodes ?? []);
      setSetUp(null);
    });
  };
  return (
    <Section
      title="Second factor"
      action={
        view.hasPassword &&
        setUp === null && (
          <Button size="sm" onClick={() => setAsking(!asking)} aria-expanded={asking}>
            {asking ? "Leave it" : view.twoFactor ? "Turn off …" : "Set up …"}
          </Button>
        )
      }
    >
      {codes !== null && <RecoveryCodes codes={codes} />}
      {!asking && setUp === null && (
        <p className="text-dim">
          {view.twoFactor
            ? "Your password is asked for together with a code of your authenticator app."
            : view.hasPassword
              ? "Off. A code of an authenticator app beside the password keeps out whoever learns it."
              : "A passkey needs none."}
        </p>
      )}
      {asking && (
        <form onSubmit={begin} className="flex items-end gap-2">
          <TextField
            label="Your password"
            name="password"
            type="password"
            autoComplete="current-password"
            required
            className="flex-1"
          />
          <Button type="submit">Go on</Button>
        </form>
      )}
      {setUp !== null && <SetUp uri={setUp.totpURI} onSubmit={confirm} />}
    </Section>
  );
}

function SetUp({
  uri,
  onSubmit,
}: {
  readonly uri: string;
  readonly onSubmit: (event: FormEvent<HTMLFormElement>) => void;
}) {
  const secret = new URL(uri).searchParams.get("secret") ?? "";
  return (
    <div className="flex flex-col gap-3">
      <p className="text-dim">
        Scan this with your authenticator app, or type the key into it. Then give the code it shows.
      </p>
      <QrCode text={uri} />
      <p className="flex items-center gap-2">
        <code className="min-w-0 flex-1 font-mono text-xs [overflow-wrap:anywhere]">{secret}</code>
        <CopyButton text={secret} />
      </p>
      <form onSubmit={onSubmit} className="flex items-end gap-2">
        <TextField
          label="Code"
          name="code"
          inputMode="numeric"
          autoComplete="one-time-code"
          required
          maxLength={8}
          className="flex-1"
        />
        <Button type="submit" variant="primary">
          Turn on
        </Button>
      </form>
    </div>
  );
}

/** Dark on light in both themes: cameras want it so. */
function QrCode({ text }: { readonly text: string }) {
  const { data, size } = encode(text, { ecc: "M", border: 2 });
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join("");
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label="QR code of the key"
      shapeRendering="crispEdges"
      className="size-44 self-center rounded-md"
    >
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}

function RecoveryCodes({ codes }: { readonly codes: readonly string[] }) {
  return (
    <div className="mb-3 rounded-md border border-line-2 p-3">
      <p className="mb-2">
        <b>Keep these recovery codes.</b> Each signs you in once when your phone is gone. They are not shown again.
      </p>
      <ul className="mb-2 grid grid-cols-2 gap-x-4 font-mono text-xs">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <CopyButton text={codes.join("\n")} label="Copy all" />
    </div>
  );
}
