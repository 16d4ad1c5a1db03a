"use client";

import { useSyncExternalStore } from "react";

const never = () => () => {};

/**
 * Whether the page listens already. What the server painted is seen before that: a form that is sent then is sent by the
 * browser itself, with what was typed in the address.
 */
export function useListening(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
