import type { Severity } from "#lib/core/status.ts";

/** How loud something is drawn. Colour belongs to status alone, so `quiet` is grey. */
export type Tone = "quiet" | "ok" | "warn" | "crit" | "heal" | "maint";

/** The tone of a judged value; what nobody objects to is quiet. */
export function toneOf(severity: Severity | null): Tone {
  switch (severity) {
    case "critical":
      return "crit";
    case "warning":
      return "warn";
    case "info":
    case null:
      return "quiet";
    default:
      return severity satisfies never;
  }
}

/** Text colour of a number by its tone. Trouble is heavier too, so that it reads in greyscale. */
export const toneText: Readonly<Record<Tone, string>> = {
  quiet: "",
  ok: "text-ok",
  warn: "text-warn font-semibold",
  crit: "text-crit font-semibold",
  heal: "text-heal",
  maint: "text-maint",
};

/** The same for what is drawn in SVG. */
export const toneFill: Readonly<Record<Tone, string>> = {
  quiet: "fill-edge",
  ok: "fill-ok",
  warn: "fill-warn",
  crit: "fill-crit",
  heal: "fill-heal",
  maint: "fill-maint",
};
