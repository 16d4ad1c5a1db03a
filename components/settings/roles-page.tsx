"use client";

import { SettingsHead } from "#components/settings/settings-head.tsx";
import { classNames } from "#components/ui/class-names.ts";

/** One thing that can be done, and the lowest role that may. */
export interface WhoMay {
  readonly what: string;
  /** Address or command. */
  readonly name: string;
  /** Index into `roles`; `null`: no role has it. */
  readonly from: number | null;
  /** What is needed where no role has it, or besides. */
  readonly otherwise: string | null;
}

/** The table of who may, for people: what each role may, line by line. */
export function RolesPage({
  roles,
  parts,
  administers,
}: {
  readonly roles: readonly string[];
  readonly parts: readonly { readonly title: string; readonly rows: readonly WhoMay[] }[];
  readonly administers: boolean;
}) {
  return (
    <>
      <SettingsHead
        title="Who may what"
        about="Each role may what those before it may; a role over a group holds for its services alone. Pitwall refuses by this very table."
        administers={administers}
      />
      {parts.map(({ title, rows }) => (
        <section key={title} className="relative mb-4 overflow-x-auto rounded-lg border border-line bg-surface">
          <table className="w-full border-collapse sm:min-w-[38rem]">
            <caption className="px-3.5 pt-2.5 pb-2 text-left font-semibold">{title}</caption>
            <thead>
              <tr className="border-line border-t text-faint text-xs">
                <th scope="col" className="py-1.5 pr-1 pl-3.5 text-left font-medium sm:pr-3.5">
                  What
                </th>
                {roles.map((role) => (
                  <th
                    key={role}
                    scope="col"
                    className="px-1 py-1.5 font-medium last:pr-2.5 max-sm:text-2xs sm:w-24 sm:px-2"
                  >
                    {role}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name} className="border-line border-t align-baseline">
                  <th scope="row" className="py-1.5 pr-1 pl-3.5 text-left font-normal sm:pr-3.5">
                    {row.what}
                    <span className="block font-mono text-faint text-xs [overflow-wrap:anywhere]">{row.name}</span>
                    {row.otherwise !== null && <span className="block text-faint text-xs">{row.otherwise}</span>}
                  </th>
                  {roles.map((role, index) => {
                    const may = row.from !== null && index >= row.from;
                    return (
                      <td
                        key={role}
                        className={classNames("px-1 py-1.5 text-center last:pr-2.5 sm:px-2", !may && "text-faint")}
                      >
                        {may ? "✓" : "–"}
                        <span className="sr-only">{may ? "yes" : "no"}</span>
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </>
  );
}
