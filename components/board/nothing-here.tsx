"use client";

import Link from "next/link";
import { buttonClass } from "#components/ui/button.tsx";
import { Empty } from "#components/ui/empty.tsx";

/** An address that leads nowhere, and the way back. */
export function NothingHere() {
  return (
    <div className="mx-auto flex min-h-[70dvh] max-w-xl flex-col justify-center px-4">
      <h1 className="sr-only">Not found</h1>
      <Empty title="There is nothing at this address.">
        <p>A service that the configuration no longer has, a run that was never made, or a letter too many.</p>
        <p className="mt-4">
          <Link href="/" className={buttonClass("primary")}>
            To the board
          </Link>
        </p>
      </Empty>
    </div>
  );
}
