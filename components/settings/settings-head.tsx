"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import { PageTitle } from "#components/board/page-title.tsx";

const tabs = [
  { href: "/settings/people", title: "People", administers: true },
  { href: "/settings/tokens", title: "Tokens", administers: true },
  { href: "/settings/audit", title: "Audit log", administers: true },
  { href: "/settings/roles", title: "Who may what", administers: false },
  { href: "/settings/api", title: "API", administers: false },
] as const;

/** Heading and tabs of the settings; what one may not open is not offered. */
export function SettingsHead({
  title,
  about,
  administers,
  children,
}: {
  readonly title: string;
  readonly about: string;
  readonly administers: boolean;
  readonly children?: ReactNode;
}) {
  const pathname = usePathname();
  return (
    <>
      <PageTitle page={title} />
      <nav aria-label="Settings" className="-mx-1 flex flex-wrap gap-0.5 pt-4">
        {tabs
          .filter((tab) => administers || !tab.administers)
          .map(({ href, title: name }) => (
            <Link
              key={href}
              href={href}
              aria-current={pathname === href ? "page" : undefined}
              className={
                pathname === href
                  ? "rounded-md bg-raised px-2.5 py-1 text-text"
                  : "rounded-md px-2.5 py-1 text-dim hover:text-text"
              }
            >
              {name}
            </Link>
          ))}
      </nav>
      <div className="flex flex-wrap items-center gap-3 pt-4 pb-4">
        <div className="min-w-0 flex-1 max-sm:basis-full">
          <h1 className="font-semibold text-xl tracking-tight">{title}</h1>
          <p className="max-w-[80ch] text-pretty text-dim">{about}</p>
        </div>
        {children}
      </div>
    </>
  );
}
