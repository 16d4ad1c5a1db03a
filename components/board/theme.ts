/** What the reader chose; `system` follows the machine. */
export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

/**
 * A cookie, so that the server paints the right theme at once; under https by the strict name, which no other host can set
 * (RFC 6265bis, 4.1.3.2).
 */
export const themeCookies = { secure: "__Host-pitwall-theme", plain: "pitwall-theme" } as const;

/** The theme that a browser's cookies tell, if they do. */
export function themeIn(cookieOf: (name: string) => string | undefined): Theme {
  const told = cookieOf(themeCookies.secure) ?? cookieOf(themeCookies.plain);
  return themes.find((theme) => theme === told) ?? "system";
}
