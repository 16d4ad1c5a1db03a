import Link from "next/link";
import type { ReactNode } from "react";
import { classNames } from "#components/ui/class-names.ts";

const pages = [
  { id: "runs", href: "/runs", title: "Runs" },
  { id: "heals", href: "/heals", title: "Heals" },
] as const;

/** The head that what people did and what rules did have in common. */
export function RunsHead({
  here,
  children,
}: {
  readonly here: (typeof pages)[number]["id"];
  readonly children: ReactNode;
}) {
  return (
    <div className="pt-5 pb-4">
      <div className="flex flex-wrap items-baseline gap-x-4 gap-y-1">
        <h1 className="font-semibold text-xl tracking-tight">{pages.find(({ id }) => id === here)?.title}</h1>
        <nav aria-label="What was done" className="inline-flex rounded-md border border-line p-px">
          {pages.map(({ id, href, title }) => (
            <Link
              key={id}
              href={href}
              aria-current={id === here ? "page" : undefined}
              className={classNames(
                "flex min-h-6 items-center rounded-sm px-2 text-xs coarse:min-h-9",
                id === here ? "bg-raised font-medium text-text" : "text-dim hover:text-text",
              )}
            >
              {title}
            </Link>
          ))}
        </nav>
      </div>
      <p className="text-dim">{children}</p>
    </div>
  );
}
