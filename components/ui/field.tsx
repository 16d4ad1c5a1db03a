"use client";

import { type ComponentProps, type ReactNode, useId } from "react";
import { classNames } from "#components/ui/class-names.ts";

/** The look of every control one types or picks in; 16 px on touch, or phones zoom in on focus. */
export const controlClass = classNames(
  "w-full min-w-0 rounded-md border border-edge bg-bg px-2.5 py-1.5 text-text placeholder:text-faint",
  "aria-invalid:border-crit disabled:opacity-60 coarse:py-2 coarse:text-[1rem]",
);

/** What a control needs to be tied to its label, hint and error. */
export interface ControlProps {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": true | undefined;
}

/** A label, its control, and what to know or what is wrong. */
export function Field({
  label,
  hint,
  error,
  className,
  children,
}: {
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  readonly className?: string | undefined;
  readonly children: (control: ControlProps) => ReactNode;
}) {
  const id = useId();
  const under = error ?? hint;
  return (
    <div className={classNames("flex min-w-0 flex-col gap-1", className)}>
      <label htmlFor={id} className="font-medium text-dim text-xs">
        {label}
      </label>
      {children({
        id,
        "aria-describedby": under === undefined ? undefined : `${id}-under`,
        "aria-invalid": error === undefined ? undefined : true,
      })}
      {under !== undefined && (
        <span id={`${id}-under`} className={classNames("text-xs", error === undefined ? "text-faint" : "text-crit")}>
          {under}
        </span>
      )}
    </div>
  );
}

type Around = { readonly label: ReactNode; readonly hint?: ReactNode; readonly error?: string | undefined };

/** One line of text. */
export function TextField({ label, hint, error, className, ...input }: Around & ComponentProps<"input">) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(control) => <input type="text" autoComplete="off" {...input} {...control} className={controlClass} />}
    </Field>
  );
}

/** Several lines of text. */
export function TextArea({ label, hint, error, className, ...input }: Around & ComponentProps<"textarea">) {
  return (
    <Field label={label} hint={hint} error={error} className={className}>
      {(control) => <textarea rows={3} {...input} {...control} className={controlClass} />}
    </Field>
  );
}
