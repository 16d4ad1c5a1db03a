"use client";

import { classNames } from "#components/ui/class-names.ts";

/** One of a few short choices, all in sight. */
export function Segments<Value extends string | number>({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly onChange: (value: Value) => void;
}) {
  return (
    <fieldset className="inline-flex rounded-md border border-line p-px">
      <legend className="sr-only">{label}</legend>
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={classNames(
            "min-h-6 rounded-sm px-2 text-xs coarse:min-h-9",
            option.value === value ? "bg-raised font-medium text-text" : "text-dim hover:text-text",
          )}
        >
          {option.label}
        </button>
      ))}
    </fieldset>
  );
}
