"use client";

import { useSyncExternalStore } from "react";

const never = () => () => {};

/** The browser's time zone; `undefined` on the server, where nobody knows it, and so times are first painted in UTC. */
export function useTimeZone(): string | undefined {
  return useSyncExternalStore(never, browserZone, unknownZone);
}

function browserZone(): string | undefined {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function unknownZone(): undefined {
  return undefined;
}
