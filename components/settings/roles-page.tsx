"use client";

import { SettingsHead } from "#components/settings/settings-head.tsx";

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
        <section key={title} className="mb-4 overflow-x-auto rounded-lg border border-line bg-surface">
          <table className="w-full min-w-[38rem] border-collapse">
            <caption className="px-3.5 pt-2.5 pb-2 text-left font-semibold">{title}</caption>
            <thead>
              <tr className="border-line border-t text-faint text-xs">
                <th scope="col" className="px-3.5 py-1.5 text-left font-medium">
                  What
                </th>
                {roles.map((role) => (
                  <th key={role} scope="col" className="w-24 px-2 py-1.5 font-medium">
                    {role}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.name} className="border-line border-t align-baseline">
                  <th scope="row" className="px-3.5 py-1.5 text-left font-normal">
                    {row.what}
                    <span className="block font-mono text-faint text-xs [overflow-wrap:anywhere]">{row.name}</span>
                    {row.otherwise !== null && <span className="block text-faint text-xs">{row.otherwise}</span>}
                  </th>
                  {roles.map((role, index) => {
                    const may = row.from !== null && index >= row.from;
                    return (
                      <td key={role} className={may ? "px-2 py-1.5 text-center" : "px-2 py-1.5 text-center text-faint"}>
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
