"use client";

import { useState } from "react";
import { type Theme, themeCookies, themes } from "#components/board/theme.ts";
import { Tooltip } from "#components/ui/tooltip.tsx";

const words: Readonly<Record<Theme, string>> = { system: "as the system", light: "light", dark: "dark" };
const keptSeconds = 365 * 86_400;

/** Goes through the themes. The choice is a cookie, so that the server paints the right one at once. */
export function ThemeSwitch({ initial }: { readonly initial: Theme }) {
  const [theme, setTheme] = useState(initial);
  const choose = () => {
    const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "system";
    setTheme(next);
    applyTheme(next);
  };
  return (
    <Tooltip text={`Colours: ${words[theme]}`} side="bottom">
      <button
        type="button"
        onClick={choose}
        aria-label={`Colours: ${words[theme]}. Change`}
        className="grid size-8 place-items-center rounded-md text-dim hover:bg-raised hover:text-text coarse:size-10"
      >
        <svg viewBox="0 0 16 16" aria-hidden="true" className="size-4">
          <circle cx="8" cy="8" r="5.5" fill="none" stroke="currentColor" strokeWidth="1.4" />
          {theme !== "light" && <path d="M8 2.5a5.5 5.5 0 0 1 0 11Z" fill="currentColor" />}
          {theme === "dark" && <path d="M8 2.5a5.5 5.5 0 0 0 0 11Z" fill="currentColor" />}
        </svg>
      </button>
    </Tooltip>
  );
}

function applyTheme(theme: Theme): void {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  // `cookieStore` marks what it sets as secure under https by itself.
  void cookieStore.set({
    name: window.location.protocol === "https:" ? themeCookies.secure : themeCookies.plain,
    value: theme,
    path: "/",
    sameSite: "lax",
    expires: Date.now() + keptSeconds * 1_000,
  });
}
