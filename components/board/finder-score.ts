/**
 * How well an entry of the finder fits what was typed: 0 not at all, 1 best. Every word must be there; the nearer to the
 * beginning of the name, the better. The first word of `value` only keeps services, actions and pages apart.
 */
export function scoreOf(value: string, typed: string, keywords: readonly string[] = []): number {
  const name = value.slice(value.indexOf(" ") + 1).toLowerCase();
  const all = `${name} ${keywords.join(" ").toLowerCase()}`;
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.every((word) => all.includes(word))) return 0;
  const first = words[0] ?? "";
  if (name.startsWith(first)) return 1;
  return ` ${name}`.includes(` ${first}`) ? 0.7 : name.includes(first) ? 0.4 : 0.2;
}
