import { classNames } from "#components/ui/class-names.ts";

/** Something is on its way; the words beside it say what. */
export function Spinner({ className }: { readonly className?: string | undefined }) {
  return (
    <svg viewBox="0 0 12 12" aria-hidden="true" className={classNames("size-3 flex-none animate-turn", className)}>
      <circle cx="6" cy="6" r="4.75" fill="none" stroke="currentColor" strokeWidth="1.5" opacity=".25" />
      <path
        d="M6 1.25A4.75 4.75 0 0 1 10.75 6"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
      />
    </svg>
  );
}
