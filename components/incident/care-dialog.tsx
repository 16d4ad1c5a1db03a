"use client";

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { TextField } from "#components/ui/field.tsx";
import { FormDialog } from "#components/ui/form-dialog.tsx";
import { Select, type SelectOption } from "#components/ui/select.tsx";
import { textIn } from "#components/ui/text-in.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";

const minuteMs = 60_000;
const durations = [
  { value: String(15 * minuteMs), label: "15 minutes" },
  { value: String(30 * minuteMs), label: "30 minutes" },
  { value: String(60 * minuteMs), label: "1 hour" },
  { value: String(2 * 60 * minuteMs), label: "2 hours" },
  { value: String(4 * 60 * minuteMs), label: "4 hours" },
  { value: String(8 * 60 * minuteMs), label: "8 hours" },
  { value: String(24 * 60 * minuteMs), label: "1 day" },
  { value: String(7 * 24 * 60 * minuteMs), label: "7 days" },
];
const usualDuration = String(60 * minuteMs);

/** What is asked, and what is sent, before something is said about trouble. */
export interface CareQuestion {
  readonly title: string;
  /** What it does, one or two sentences. */
  readonly description: string;
  /** The text field: its label, and whether it must be filled. */
  readonly words: { readonly label: string; readonly placeholder: string; readonly required: boolean };
  readonly durationLabel: string;
  readonly submit: string;
  /** What it is about, where that can be chosen. */
  readonly about?: { readonly label: string; readonly options: readonly SelectOption[]; readonly value: string };
  readonly send: (answer: { words: string; forMs: number; about: string }) => { path: string; body: unknown };
}

/** Asks for a few words and a time, and sends them. The event stream brings what came of it. */
export function CareDialog({ question, onClose }: { readonly question: CareQuestion; readonly onClose: () => void }) {
  const [forMs, setForMs] = useState(usualDuration);
  const [about, setAbout] = useState(question.about?.value ?? "");
  const send = useMutation({
    mutationFn: (words: string) => {
      const { path, body } = question.send({ words, forMs: Number(forMs), about });
      return orThrow(askApi(path, z.object({ id: z.string() }), { method: "POST", body }));
    },
    onSuccess: onClose,
  });
  return (
    <FormDialog
      title={question.title}
      description={question.description}
      submit={question.submit}
      send={send}
      onSubmit={(form) => send.mutate(textIn(form, "words"))}
      onClose={onClose}
    >
      {question.about !== undefined && (
        <Select
          label={question.about.label}
          options={question.about.options}
          value={about}
          onChange={(event) => setAbout(event.target.value)}
        />
      )}
      <TextField
        name="words"
        label={question.words.label}
        placeholder={question.words.placeholder}
        required={question.words.required}
        maxLength={500}
      />
      <Select
        label={question.durationLabel}
        options={durations}
        value={forMs}
        onChange={(event) => setForMs(event.target.value)}
      />
    </FormDialog>
  );
}
