import type { z } from "zod";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** Parses what stands behind the question mark. A parameter given twice means two things, so it is refused. */
export function readQuery<T>(params: URLSearchParams, schema: z.ZodType<T>): Result<T, Refusal> {
  const names = [...params.keys()];
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return refusal([{ path: twice.slice(0, 100), message: "is given twice" }]);
  const parsed = schema.safeParse(Object.fromEntries(params));
  if (parsed.success) return ok(parsed.data);
  return refusal(parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message })));
}

function refusal(errors: readonly { readonly path: string; readonly message: string }[]): Result<never, Refusal> {
  const [first] = errors;
  const detail = `The address is not understood: ${first?.path ?? ""} ${first?.message ?? ""}`.slice(0, 400);
  return err({ code: "invalid-request", detail, errors });
}
