"use client";

import { useState } from "react";
import type { Matches } from "#components/run/use-matches.ts";
import { TextField } from "#components/ui/field.tsx";
import { type ParamFieldDto, paramComplaint } from "#lib/wire/param.ts";

/** A parameter that is typed: what it may be stands under it, and what is wrong with it once somebody left it or sent it. */
export function TypedParam({
  field,
  value,
  matches,
  onChange,
}: {
  readonly field: ParamFieldDto;
  readonly value: string;
  readonly matches: Matches;
  readonly onChange: (value: string) => void;
}) {
  const [left, setLeft] = useState(false);
  const complaint = value === "" ? null : paramComplaint(field, value, matches);
  const bounds = boundsOf(field);
  return (
    <TextField
      label={field.label}
      hint={[field.hint, bounds].filter((words) => words !== undefined).join(" · ")}
      error={left && complaint !== null ? `It ${complaint}` : undefined}
      value={value}
      inputMode={field.input?.type === "integer" ? "numeric" : "text"}
      spellCheck={false}
      autoCapitalize="off"
      required
      onBlur={() => setLeft(true)}
      onChange={(event) => onChange(event.target.value)}
      className="max-w-md [&_input]:font-mono"
    />
  );
}

function boundsOf({ input }: ParamFieldDto): string | undefined {
  if (input === undefined) return undefined;
  switch (input.type) {
    case "integer":
      return `a whole number from ${input.min} to ${input.max}`;
    case "text":
      return `${input.minLength} to ${input.maxLength} characters, like ${input.pattern}`;
    default:
      return input satisfies never;
  }
}
