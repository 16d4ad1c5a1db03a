const read = new Map<string, URL | null>();
/** More than the addresses of a configuration. */
const mostRead = 10_000;

/** The same few addresses are asked again and again: each is taken apart once. `null`: it is none. Never change what comes. */
export function readUrl(text: string): URL | null {
  const known = read.get(text);
  if (known !== undefined) return known;
  const url = URL.parse(text);
  if (read.size >= mostRead) read.clear();
  read.set(text, url);
  return url;
}
