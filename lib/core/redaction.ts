/** Takes out of a frozen value what a stranger must not see. Hosts and numbers stay: they are what the snapshot is for. */
export type Redaction = (value: unknown) => unknown;

export const withheld = "[not shared]";

/**
 * What users typed and what opens doors, by the name it has in a detail: the text of queries, addresses of clients,
 * cookies, what jobs printed and the like. Anything under such a key goes, whatever it is.
 */
const privateKeys = new Set(
  [
    "queryText",
    "client",
    "cookie",
    "cookies",
    "authorization",
    "password",
    "passwd",
    "secret",
    "token",
    "apiKey",
    "printed",
  ].map((key) => key.toLowerCase()),
);

/**
 * Secrets that a watched server may have put into any text: a login within a URL, a bearer token, `password=…`. What was
 * withheld already is left as it is: one pattern must not chew on another's words.
 */
const privateText: readonly (readonly [RegExp, string])[] = [
  [/\b([a-z][a-z0-9+.-]{1,30}:\/\/)[^\s/@:]{1,200}:[^\s/@]{1,200}@/gi, `$1${withheld}@`],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${withheld}`],
  [
    /\b(password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|session[_-]?id)(["']?\s*[=:]\s*)(?!\[not shared\])("[^"]*"|'[^']*'|[^\s&,;"']+)/gi,
    `$1$2${withheld}`,
  ],
  // The values of a query string: `/search?q=…` says what somebody looked for.
  [/(\?|&)([A-Za-z0-9_.[\]-]{1,60})=(?!\[not shared\])([^\s&"'#]+)/g, `$1$2=${withheld}`],
];

/** The redaction of shared snapshots. Pure; applied before the copy is stored, so that no later bug can undo it. */
export const withholdPrivate: Redaction = (value) => {
  if (typeof value === "string") return withholdText(value);
  if (Array.isArray(value)) return value.map(withholdPrivate);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (!privateKeys.has(key.toLowerCase())) return [key, withholdPrivate(inner)];
      return [key, inner === null || inner === undefined ? inner : withheld];
    }),
  );
};

function withholdText(text: string): string {
  return privateText.reduce((clean, [pattern, put]) => clean.replace(pattern, put), text);
}
