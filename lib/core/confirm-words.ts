import type { Confirm } from "#lib/core/state.ts";

/** `3 polls in a row, 2 to recover`; `3 of the last 5 polls`. */
export function confirmWords(confirm: Confirm): string {
  if ("fails" in confirm) return `${confirm.fails} of the last ${confirm.of} polls`;
  const { after, recover } = confirm;
  return after === 1 && recover === 1 ? "every poll at once" : `${after} polls in a row, ${recover} to recover`;
}
