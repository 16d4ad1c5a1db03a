/** The pages of the top bar, in its order. */
export const pages = [
  { href: "/", title: "Board" },
  { href: "/incidents", title: "Incidents" },
  { href: "/runs", title: "Runs" },
  { href: "/snapshots", title: "Snapshots" },
  { href: "/settings/roles", title: "Settings" },
] as const;
