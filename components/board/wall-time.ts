/** `10:42`, or `10:42:08` with seconds, in `zone` (UTC when it is not known). */
export function clockTime(at: number, zone: string | undefined, seconds = false): string {
  return format(at, zone, { hour: "2-digit", minute: "2-digit", ...(seconds ? { second: "2-digit" } : {}) });
}

/** `20 Nov 10:42:08` in `zone`. */
export function dayAndTime(at: number, zone: string | undefined): string {
  const day = format(at, zone, { day: "numeric", month: "short" });
  return `${day} ${clockTime(at, zone, true)}`;
}

/** `20 Nov 2026, 10:42:08 UTC`: a time that is understood anywhere. */
export function fullTime(at: number, zone: string | undefined): string {
  const day = format(at, zone, { day: "numeric", month: "short", year: "numeric" });
  return `${day}, ${clockTime(at, zone, true)} ${zone ?? "UTC"}`;
}

/** `UTC+1`: how far clocks in `zone` were from UTC at `at`. */
export function zoneOffset(at: number, zone: string | undefined): string {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone ?? "UTC",
    timeZoneName: "shortOffset",
  }).formatToParts(at);
  return parts.find(({ type }) => type === "timeZoneName")?.value.replace("GMT", "UTC") ?? "UTC";
}

function format(at: number, zone: string | undefined, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat("en-GB", { ...options, hourCycle: "h23", timeZone: zone ?? "UTC" }).format(at);
}
