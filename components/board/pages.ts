import type { Viewer } from "#lib/wire/viewer.ts";

export interface TopPage {
  readonly href: string;
  readonly title: string;
}

/** The pages of the top bar, in its order, as far as the viewer may open them. */
export function pagesFor(viewer: Viewer | null): readonly TopPage[] {
  return [
    { href: "/", title: "Board" },
    { href: "/incidents", title: "Incidents" },
    { href: "/runs", title: "Runs" },
    { href: "/snapshots", title: "Snapshots" },
    { href: settingsHref(viewer), title: "Settings" },
  ];
}

/** The first page of the settings that the viewer may open. */
export function settingsHref(viewer: Pick<Viewer, "administers"> | null): string {
  return viewer?.administers === true ? "/settings/people" : "/settings/roles";
}
