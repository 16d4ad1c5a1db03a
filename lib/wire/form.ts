import { err, ok, type Result } from "#lib/core/result.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** The fields of a form by their names, as text. One that is given twice means two things, so it is refused. */
export function formFields(text: string): Result<Readonly<Record<string, string>>, Refusal> {
  const fields = [...new URLSearchParams(text)];
  const seen = new Set<string>();
  for (const [name] of fields) {
    const wrong = name === "__proto__" ? "is no name of a field" : seen.has(name) ? "is given twice" : null;
    if (wrong !== null) {
      const path = name.slice(0, 100);
      const errors = [{ path, message: wrong }];
      return err({ code: "invalid-request", detail: `The form is not understood: ${path} ${wrong}.`, errors });
    }
    seen.add(name);
  }
  return ok(Object.fromEntries(fields));
}
