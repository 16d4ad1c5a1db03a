const units = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000, d: 86_400_000, y: 31_536_000_000 } as const;
const pattern = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d|y)$/;

/** `"500ms"`, `"5s"`, `"2min"` (or `2m`), `"1h"`, `"7d"`, `"3y"` (of 365 days) to milliseconds; `undefined` when it is no duration. */
export function parseDurationMs(text: string): number | undefined {
  const match = pattern.exec(text.trim());
  if (!match) return undefined;
  const unit = match[2] === "m" ? "min" : (match[2] as keyof typeof units);
  return Math.round(Number(match[1]) * units[unit]);
}

/** Milliseconds to what a person reads at a glance: `340 ms`, `5.2 s`, `48 s`, `4 min 12 s`, `6 h`, `41 d`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return "–";
  if (ms < 0) return `−${formatDuration(-ms)}`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 10) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} d`;
}
