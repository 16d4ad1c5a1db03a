"use client";

import type { ComponentProps, ReactNode } from "react";
import { classNames } from "#components/ui/class-names.ts";
import { controlClass, Field } from "#components/ui/field.tsx";

export interface SelectOption {
  readonly value: string;
  readonly label: string;
  readonly hint?: string | undefined;
}

/** One of a few. The browser's own list: it is the best one on a phone and for a screen reader. */
export function Select({
  label,
  hint,
  error,
  options,
  placeholder,
  className,
  ...select
}: Omit<ComponentProps<"select">, "children"> & {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly options: readonly SelectOption[];
  /** Shown while nothing is picked; then `value` is `""`. */
  readonly placeholder?: string;
}) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(control) => (
        <span className="relative">
          <select {...select} {...control} className={classNames(controlClass, "appearance-none truncate pr-7")}>
            {placeholder !== undefined && (
              <option value="" disabled>
                {placeholder}
              </option>
            )}
            {options.map((option) => (
              <option key={option.value} value={option.value}>
                {option.hint === undefined ? option.label : `${option.label} – ${option.hint}`}
              </option>
            ))}
          </select>
          <svg
            viewBox="0 0 10 6"
            aria-hidden="true"
            className="pointer-events-none absolute top-1/2 right-2.5 w-2.5 -translate-y-1/2 text-dim"
          >
            <path d="m1 1 4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
          </svg>
        </span>
      )}
    </Field>
  );
}
