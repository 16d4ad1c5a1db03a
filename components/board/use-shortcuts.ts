"use client";

import { useEffect } from "react";

/** What a key does. Keys are as `KeyboardEvent.key` tells them; `mod+` is Control or Command. */
export type Shortcuts = Readonly<Record<string, () => void>>;

/** Listens for keys on the whole page. Single letters are for typing wherever one can type, and rest while a dialog is open. */
export function useShortcuts(shortcuts: Shortcuts): void {
  // The outside system is the keyboard.
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const modified = event.ctrlKey || event.metaKey;
      if (event.altKey || event.repeat || event.defaultPrevented) return;
      const run = shortcuts[modified ? `mod+${event.key.toLowerCase()}` : event.key];
      if (run === undefined) return;
      if (!modified && (isTyping(event.target) || document.querySelector("[role=dialog]") !== null)) return;
      event.preventDefault();
      run();
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [shortcuts]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
