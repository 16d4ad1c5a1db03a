"use client";

import { useEffect } from "react";
import { type Course, stepFrom, stepOfKey } from "#components/moment/moment.ts";
import { useMoment } from "#components/moment/moment-provider.tsx";

/** While the past is shown, keys step through it from anywhere on the page, and Escape leaves it. */
export function useMomentKeys(course: Course): void {
  const { at, go } = useMoment();
  // The outside system is the keyboard.
  useEffect(() => {
    if (at === null) return;
    const press = (event: KeyboardEvent) => {
      if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented || isElsewhere(event.target)) return;
      if (event.key === "Escape") {
        event.preventDefault();
        return go(null);
      }
      // Up, down and page by page still scroll, unless the slider itself has the focus.
      if (event.key.startsWith("Page") || event.key === "ArrowUp" || event.key === "ArrowDown") return;
      const asked = stepOfKey(event.key, event.shiftKey);
      if (asked === null) return;
      event.preventDefault();
      go(stepFrom(at, asked.step, asked.direction, course));
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [at, go, course]);
}

/** Where keys have a meaning of their own. */
function isElsewhere(target: EventTarget | null): boolean {
  if (document.querySelector("[role=dialog], [role=menu], [role=listbox]") !== null) return true;
  return target instanceof HTMLElement && target.closest("input, textarea, select, [contenteditable=true]") !== null;
}
