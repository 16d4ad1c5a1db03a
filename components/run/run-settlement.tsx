"use client";

import { useState } from "react";
import type { RunHandles } from "#components/run/use-run.ts";
import { Button } from "#components/ui/button.tsx";
import { controlClass } from "#components/ui/field.tsx";

/** Ends the alarm of a run that left something: somebody looked at it, and says how it is. */
export function RunSettlement({ settle }: { readonly settle: RunHandles["settle"] }) {
  const [words, setWords] = useState("");
  return (
    <form
      className="mr-auto flex flex-wrap items-end gap-2.5"
      onSubmit={(event) => {
        event.preventDefault();
        if (words.trim() !== "" && !settle.isPending) settle.mutate({ words: words.trim() });
      }}
    >
      <label className="flex flex-col gap-1 text-dim text-xs">
        <span>You looked at it: how is it now?</span>
        <input
          type="text"
          maxLength={500}
          value={words}
          onChange={(event) => setWords(event.target.value)}
          className={`${controlClass} w-72 max-w-full`}
        />
      </label>
      <Button type="submit" pending={settle.isPending} blocked={words.trim() === "" ? "Say how it is first" : null}>
        Settle
      </Button>
    </form>
  );
}
