/** What was written into a field of a form, without the spaces around it. */
export function textIn(form: FormData, name: string): string {
  return String(form.get(name) ?? "").trim();
}
