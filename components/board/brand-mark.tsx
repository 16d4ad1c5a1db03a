/** The mark: a pit box with its open side to the track. */
export function BrandMark() {
  return (
    <svg viewBox="0 0 14 14" aria-hidden="true" className="size-3.5 flex-none">
      <path
        d="M13 1H3a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h10"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
      />
    </svg>
  );
}
