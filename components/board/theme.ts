/** What the reader chose; `system` follows the machine. */
export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

/** A cookie, so that the server paints the right theme at once. */
export const themeCookie = "pitwall-theme";

/** The theme a cookie told, if it is one. */
export function themeOf(told: string | undefined): Theme {
  return themes.find((theme) => theme === told) ?? "system";
}
