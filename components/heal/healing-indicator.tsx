"use client";

import Link from "next/link";
import { useLiveBoard } from "#components/board/use-live-board.ts";
import { StatusMark } from "#components/ui/status-mark.tsx";

/** In the top bar while a rule is at work: how many services heal themselves now. */
export function HealingIndicator() {
  const { board } = useLiveBoard();
  const healing = board.services.filter(({ activeRun }) => activeRun?.byRule === true);
  if (healing.length === 0) return null;
  const names = healing.map(({ name }) => name).join(", ");
  return (
    <Link
      href="/heals"
      title={`Heals itself now: ${names}`}
      data-healing={healing.length}
      className="flex min-h-8 items-center gap-1.5 whitespace-nowrap rounded-md bg-heal-bg px-2 text-heal"
    >
      <StatusMark mark="healing" size="sm" label={null} />
      {healing.length} <span className="max-sm:sr-only">healing</span>
    </Link>
  );
}
