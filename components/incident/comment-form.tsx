"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { z } from "zod";
import { Button } from "#components/ui/button.tsx";
import { TextArea } from "#components/ui/field.tsx";
import { textIn } from "#components/ui/text-in.ts";
import { incidentQuery } from "#lib/wire/queries.ts";
import { askApi, orThrow } from "#lib/wire/request.ts";

/** Writes into an incident's timeline. What was typed stays when it could not be sent. */
export function CommentForm({ incidentId }: { readonly incidentId: string }) {
  const client = useQueryClient();
  const send = useMutation({
    mutationFn: ({ text }: { text: string; form: HTMLFormElement }) => {
      const path = `/api/v1/incidents/${encodeURIComponent(incidentId)}/comments`;
      return orThrow(askApi(path, z.object({ id: z.string() }), { method: "POST", body: { text } }));
    },
    onSuccess: (_, { form }) => {
      form.reset();
      void client.invalidateQueries({ queryKey: incidentQuery(incidentId).queryKey });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    send.mutate({ text: textIn(new FormData(form), "text"), form });
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-2 border-line border-t px-3.5 py-3">
      <TextArea
        name="text"
        label="Comment"
        rows={2}
        required
        maxLength={2_000}
        placeholder="What you see, what you try"
        error={send.error?.message}
      />
      <span className="flex justify-end">
        <Button type="submit" pending={send.isPending}>
          Comment
        </Button>
      </span>
    </form>
  );
}
