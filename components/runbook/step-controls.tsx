"use client";

import Link from "next/link";
import { useState } from "react";
import { CheckNow } from "#components/board/check-now.tsx";
import { AimButtons } from "#components/runbook/aim-buttons.tsx";
import type { StepsGiven } from "#components/runbook/steps-given.ts";
import { Button } from "#components/ui/button.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { controlClass } from "#components/ui/field.tsx";
import type { RunbookStepView } from "#lib/wire/runbook.ts";

interface Given {
  readonly step: RunbookStepView;
  readonly given: StepsGiven;
}

/** What can be done at the step that is due. */
export function StepControls({ step, given }: Given) {
  if (given.past) return null;
  switch (step.kind) {
    case "check":
      return <CheckControls step={step} given={given} />;
    case "choose":
      return <ChooseControls step={step} given={given} />;
    case "action":
      return <ActionControls step={step} given={given} />;
    case "manual":
      return <ManualControls step={step} given={given} />;
    case "record":
      return null;
    default:
      return step.kind satisfies never;
  }
}

/** Of a check that is due nobody knows the answer, or it waits for a yes. */
function CheckControls({ step, given }: Given) {
  const { view, blocked, handles, services } = given;
  const { mark } = handles;
  const unknown = step.answer?.answer === "unknown";
  const self = services.find(({ service }) => service.id === view.service.id)?.service;
  const answer = (word: "yes" | "no") => (note: string) => mark.mutate({ kind: "answered", step: step.id, word, note });
  return (
    <div className="mt-2 flex flex-col gap-2">
      <p className="flex flex-wrap items-center gap-x-2 text-faint">
        {step.answer?.waiting === true
          ? "The next poll answers it."
          : unknown
            ? "Pitwall cannot see it, and that is no “no”. Look yourself, and say what you saw."
            : "It goes on by itself as soon as the answer is yes."}
        {self !== undefined && (
          <span className="inline-flex items-center gap-1">
            <CheckNow serviceId={self.id} name={self.name} group={self.group} />
          </span>
        )}
      </p>
      {unknown && step.answer?.waiting !== true && (
        <WithNote
          blocked={blocked}
          pending={mark.isPending}
          verbs={
            step.until
              ? [{ label: "It is so", act: answer("yes") }]
              : [
                  { label: "It is so", act: answer("yes") },
                  { label: "It is not so", act: answer("no") },
                ]
          }
        />
      )}
      {step.until && (
        <div className="-ml-2">
          <Skip step={step} given={given} label="Go on all the same" />
        </div>
      )}
    </div>
  );
}

function ChooseControls({ step, given }: Given) {
  const { blocked, handles } = given;
  return (
    <div className="mt-2 flex flex-wrap items-center gap-2">
      {step.branches.map((branch) => (
        <Button
          key={branch.key}
          blocked={blocked}
          pending={handles.mark.isPending}
          onClick={() => handles.mark.mutate({ kind: "chose", step: step.id, word: branch.key })}
        >
          {branch.title}
        </Button>
      ))}
      <Skip step={step} given={given} label="None of them" />
    </div>
  );
}

function ActionControls({ step, given }: Given) {
  return (
    <div className="mt-2">
      {step.aims.length === 0 && <p className="text-faint">Nothing that is watched here offers it right now.</p>}
      <AimButtons step={step} given={given} />
      <div className="-ml-2 mt-1.5">
        <Skip step={step} given={given} label="Pass it by" />
      </div>
    </div>
  );
}

function ManualControls({ step, given }: Given) {
  const { blocked, handles } = given;
  const { mark } = handles;
  return (
    <div className="mt-2 flex flex-col gap-2">
      {step.command !== null && (
        <div className="flex items-start gap-2">
          <pre className="min-w-0 flex-1 overflow-x-auto rounded-md border border-line bg-bg px-2.5 py-1.5 font-mono text-xs">
            <code>{step.command}</code>
          </pre>
          <CopyButton text={step.command} />
        </div>
      )}
      {step.places.length > 0 && (
        <p className="flex flex-wrap gap-x-3 text-dim">
          {step.places.map(({ serviceId, name }) => (
            <Link
              key={serviceId}
              href={`/services/${encodeURIComponent(serviceId)}`}
              className="underline hover:text-text"
            >
              {name}: what it shows
            </Link>
          ))}
        </p>
      )}
      <AimButtons step={step} given={given} />
      <WithNote
        blocked={blocked}
        pending={mark.isPending}
        verbs={[
          { label: "Done", act: (note) => mark.mutate({ kind: "ticked", step: step.id, note }) },
          { label: "Pass it by", act: (note) => mark.mutate({ kind: "skipped", step: step.id, note }), quiet: true },
        ]}
      />
    </div>
  );
}

function Skip({ step, given, label }: Given & { readonly label: string }) {
  const { blocked, handles } = given;
  return (
    <Button
      size="sm"
      variant="quiet"
      blocked={blocked}
      pending={handles.mark.isPending}
      onClick={() => handles.mark.mutate({ kind: "skipped", step: step.id })}
    >
      {label}
    </Button>
  );
}

interface Verb {
  readonly label: string;
  readonly act: (note: string) => void;
  readonly quiet?: boolean;
}

/** A word for whoever reads it later, and what it goes with. */
function WithNote({
  verbs,
  blocked,
  pending,
}: {
  readonly verbs: readonly Verb[];
  readonly blocked: string | null;
  readonly pending: boolean;
}) {
  const [note, setNote] = useState("");
  return (
    <div className="flex flex-wrap items-center gap-2">
      <input
        type="text"
        aria-label="Note"
        placeholder="What you saw or did (optional)"
        maxLength={500}
        value={note}
        onChange={(event) => setNote(event.target.value)}
        className={`${controlClass} sm:w-72`}
      />
      {verbs.map(({ label, act, quiet }) => (
        <Button
          key={label}
          variant={quiet ? "quiet" : "plain"}
          blocked={blocked}
          pending={pending}
          onClick={() => act(note.trim())}
        >
          {label}
        </Button>
      ))}
    </div>
  );
}
