"use client";

import { useEffect, useState } from "react";
import { Button, type ButtonVariant } from "#components/ui/button.tsx";

/** Copies `text`; says for two seconds whether it did. Where the browser forbids it, the text can be selected instead. */
export function CopyButton({
  text,
  label = "Copy",
  variant = "plain",
}: {
  readonly text: string;
  readonly label?: string;
  readonly variant?: ButtonVariant;
}) {
  const [outcome, setOutcome] = useState<"copied" | "refused" | null>(null);
  useEffect(() => {
    if (outcome === null) return;
    const timer = setTimeout(() => setOutcome(null), 2_000);
    return () => clearTimeout(timer);
  }, [outcome]);
  // Plain http on another host has no clipboard at all.
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
    } catch {
      setOutcome("refused");
    }
  };
  return (
    <>
      <Button variant={variant} onClick={() => void copy()}>
        {outcome === "copied" ? "Copied" : outcome === "refused" ? "Select it by hand" : label}
      </Button>
      <span role="status" className="sr-only">
        {outcome === "copied" ? "Copied to the clipboard" : outcome === "refused" ? "The browser refused to copy" : ""}
      </span>
    </>
  );
}
