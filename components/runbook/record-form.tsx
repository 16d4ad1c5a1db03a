"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { useTimeZone } from "#components/board/use-time-zone.ts";
import { clockTime, dayAndTime } from "#components/board/wall-time.ts";
import { stateWordsOf } from "#components/run/run-words.ts";
import type { StepsGiven } from "#components/runbook/steps-given.ts";
import { Button } from "#components/ui/button.tsx";
import { TextArea } from "#components/ui/field.tsx";
import { summaryOf } from "#lib/core/runbook-summary.ts";

/** The end: a draft of what happened, to be changed before it is written into the incident. */
export function RecordForm({ given }: { readonly given: StepsGiven }) {
  const { view, past, blocked, handles } = given;
  const { finish } = handles;
  const zone = useTimeZone();
  const router = useRouter();
  const [own, setOwn] = useState<string | null>(null);
  const { session } = view;
  if (session === null) {
    return past ? null : <p className="mt-1 text-dim">Nobody follows it, so there is nothing to write down.</p>;
  }
  if (session.finishedAt !== null) {
    return (
      <p className="mt-1 text-dim">
        <span suppressHydrationWarning>
          {session.finishedBy} finished it, {dayAndTime(session.finishedAt, zone)}.
        </span>
        {session.summary !== null && (
          <span className="mt-1 block whitespace-pre-line text-text">{session.summary}</span>
        )}
      </p>
    );
  }
  if (past) return null;
  const runs = new Map(
    session.runs.map((run) => [run.id, { title: run.title, words: stateWordsOf(run.state).words.toLowerCase() }]),
  );
  const draft = summaryOf({
    title: view.title,
    service: view.service.name,
    log: session.log,
    runs,
    steps: view.steps,
    clock: (at) => clockTime(at, zone),
  });
  const end = (words: string) =>
    finish.mutate(words, { onSuccess: ({ id }) => router.push(`/runbooks/${encodeURIComponent(id)}`) });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    end((own ?? draft).trim());
  };
  return (
    <form onSubmit={submit} className="mt-2 flex flex-col gap-2">
      <TextArea
        label="What happened"
        rows={Math.min(14, Math.max(4, (own ?? draft).split("\n").length + 1))}
        maxLength={2_000}
        value={own ?? draft}
        onChange={(event) => setOwn(event.target.value)}
        hint={
          session.incidentId === null ? (
            "No incident is open for it, so it is kept with this runbook alone."
          ) : (
            <>
              It is written into{" "}
              <Link href={`/incidents/${encodeURIComponent(session.incidentId)}`} className="underline">
                its incident
              </Link>{" "}
              as a comment of yours.
            </>
          )
        }
      />
      <span className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" blocked={blocked} pending={finish.isPending}>
          {session.incidentId === null ? "Write it down and finish" : "Write it into the incident and finish"}
        </Button>
        <Button variant="quiet" blocked={blocked} pending={finish.isPending} onClick={() => end("")}>
          Finish without a word
        </Button>
      </span>
    </form>
  );
}
