import { readFileSync } from "node:fs";
import path from "node:path";
import { packageFile, root } from "#lib/cli/root.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";

/** Licences that what Pitwall ships or loads may have. EPL and LGPL parts are used as they are and are not changed. */
const allowed: ReadonlySet<string> = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC-BY-4.0",
  "EPL-2.0",
  "ISC",
  "LGPL-3.0-or-later",
  "MIT",
  "MPL-2.0",
  "OFL-1.1",
  "Unlicense",
]);

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  /** Whether it asks to run code of its own while it is installed. */
  readonly script: boolean;
  readonly integrity: string | undefined;
  readonly resolved: string | undefined;
  readonly dev: boolean;
}

/** `pitwall licences`: every package that runs in production, by licence; 1 when one is not allowed. */
export function licences({ say, complain }: Pick<Surroundings, "say" | "complain">): number {
  const packages = lockedPackages().filter(({ dev }) => !dev);
  const byLicence = Map.groupBy(packages, ({ licence }) => licence);
  for (const [licence, members] of [...byLicence].sort(([a], [b]) => a.localeCompare(b)))
    say(`${licence}: ${members.map(({ name, version }) => `${name}@${version}`).join(", ")}`);
  const refused = packages.filter(({ licence }) => !isAllowed(licence));
  for (const { name, version, licence } of refused)
    complain(`${name}@${version}: the licence ${licence} is not on the list of lib/cli/licences.ts`);
  return refused.length === 0 ? 0 : 1;
}

/** Whether an SPDX expression can be met from the list: one side of an OR, both sides of an AND. */
export function isAllowed(licence: string): boolean {
  const bare = licence.replace(/^\((.*)\)$/, "$1");
  return bare.split(/ or /i).some((side) => side.split(/ and /i).every((one) => allowed.has(one.trim())));
}

/** Everything the lock file names, each place of `node_modules` once. */
export function lockedPackages(folder: string = root): LockedPackage[] {
  const lock = JSON.parse(readFileSync(path.join(folder, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  };
  return Object.entries(lock.packages).flatMap(([place, entry]) => {
    // What another package carries inside is locked with that one.
    if (place === "" || entry.inBundle === true) return [];
    const name = place.slice(place.lastIndexOf("node_modules/") + "node_modules/".length);
    return [
      {
        name,
        version: String(entry.version),
        licence: typeof entry.license === "string" ? entry.license : ownLicence(place),
        script: entry.hasInstallScript === true,
        integrity: textOr(entry.integrity),
        resolved: textOr(entry.resolved),
        dev: entry.dev === true,
      },
    ];
  });
}

/** Packages whose package.json tells nothing: what the LICENSE file in them says. */
const readInPackage: ReadonlyMap<string, string> = new Map([["seq-queue", "MIT"]]);

/** Old packages tell their licence in a list, which the lock file leaves out. */
function ownLicence(place: string): string {
  const known = readInPackage.get(place.slice("node_modules/".length));
  if (known !== undefined) return known;
  const file = packageFile(`${place.slice("node_modules/".length)}/package.json`);
  const told = JSON.parse(readFileSync(file, "utf8")) as {
    readonly license?: { readonly type?: string };
    readonly licenses?: readonly { readonly type?: string }[];
  };
  return told.license?.type ?? told.licenses?.map(({ type }) => type ?? "unknown").join(" OR ") ?? "unknown";
}

function textOr(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
