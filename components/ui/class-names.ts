/** Joins the class names that are there: `classNames("a", wide && "b")`. */
export function classNames(...parts: readonly (string | false | null | undefined)[]): string {
  return parts.filter(Boolean).join(" ");
}
