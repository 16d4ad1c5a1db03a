"use client";

import { type ComponentProps, type FormEvent, type KeyboardEvent, type ReactNode, useId } from "react";
import { Button, type ButtonVariant } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Notice } from "#components/ui/notice.tsx";

/**
 * A dialog that asks for something and sends it, by its button or by Enter (with Ctrl or ⌘ from a text of many lines). What
 * went wrong stands above the fields, and what was filled in stays. `send` is the state of a mutation.
 */
export function FormDialog({
  title,
  description,
  width = "sm",
  submit,
  variant = "primary",
  blocked = null,
  send,
  failed = "It was not done",
  onSubmit,
  onClose,
  children,
}: Pick<ComponentProps<typeof Dialog>, "title" | "description" | "width"> & {
  /** What the button says, and why it cannot be pressed. */
  readonly submit: string;
  readonly variant?: ButtonVariant;
  readonly blocked?: string | null;
  readonly send: { readonly isPending: boolean; readonly error: Error | null };
  /** The title of what went wrong. */
  readonly failed?: string;
  readonly onSubmit: (form: FormData) => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const formId = useId();
  const submitted = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    // Enter in a lone field sends without a button.
    if (blocked === null && !send.isPending) onSubmit(new FormData(event.currentTarget));
  };
  return (
    <Dialog
      open
      width={width}
      onOpenChange={(open) => !open && onClose()}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant={variant} blocked={blocked} pending={send.isPending}>
            {submit}
          </Button>
        </>
      }
    >
      <form
        ref={focusFirst}
        id={formId}
        onSubmit={submitted}
        onKeyDown={sendByKeys}
        className="flex flex-col gap-3.5 px-4 py-4 sm:px-5.5"
      >
        {send.error !== null && (
          <div ref={intoView} role="alert">
            <Notice mark="critical" title={failed}>
              {send.error.message}
            </Notice>
          </div>
        )}
        {children}
      </form>
    </Dialog>
  );
}

/** The fields may be more than the window shows. */
function intoView(alert: HTMLElement | null): void {
  alert?.scrollIntoView({ block: "nearest" });
}

/** Enter in a text of many lines begins another; with Ctrl or ⌘ it sends. */
function sendByKeys(event: KeyboardEvent<HTMLFormElement>): void {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  event.currentTarget.requestSubmit();
}

/** Whoever opened it can type at once; on a phone a keyboard would cover what is asked. */
function focusFirst(form: HTMLFormElement | null): void {
  if (!window.matchMedia("(pointer: fine)").matches) return;
  form?.querySelector<HTMLElement>("input, select, textarea")?.focus();
}
