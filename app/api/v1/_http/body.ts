import type { z } from "zod";
import { err, ok, type Result } from "#lib/core/result.ts";
import { formFields } from "#lib/wire/form.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** No request of this API needs more. */
export const maxBodyBytes = 64_000;

/**
 * Reads a JSON body within `maxBodyBytes` and parses it by `schema`. An empty body counts as `{}`, so that a command
 * without parameters needs none; a body of any other type than JSON is refused, which also keeps HTML forms out of doors
 * that do not ask for them.
 */
export async function readBody<T>(
  request: Request,
  schema: z.ZodType<T>,
  { form = false }: { readonly form?: boolean } = {},
): Promise<Result<T, Refusal>> {
  const coding = request.headers.get("content-encoding");
  if (coding !== null && coding.toLowerCase() !== "identity") {
    return err({ code: "unsupported-media-type", detail: "Send the body as it is, without a content-encoding." });
  }
  const text = await readBounded(request);
  if (!text.ok) return text;
  const type = mediaTypeOf(request.headers.get("content-type"));
  const isForm = form && type === "application/x-www-form-urlencoded";
  if (text.value !== "" && !isForm && !isJson(type)) {
    const others = form ? " or application/x-www-form-urlencoded" : "";
    return err({ code: "unsupported-media-type", detail: `Send the body as application/json${others}.` });
  }
  const told = isForm ? formFields(text.value) : parseJson(text.value === "" ? "{}" : text.value);
  if (!told.ok) return told;
  const parsed = schema.safeParse(told.value);
  if (parsed.success) return ok(parsed.data);
  const errors = parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  return err({ code: "invalid-request", detail: "The body does not have the expected shape.", errors });
}

function mediaTypeOf(contentType: string | null): string {
  return contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

function isJson(type: string): boolean {
  return type === "application/json" || /^application\/[a-z0-9.-]+\+json$/.test(type);
}

function parseJson(text: string): Result<unknown, Refusal> {
  try {
    return ok(JSON.parse(text, withoutPrototype));
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    return err({ code: "invalid-request", detail: `The body is not JSON: ${said}` });
  }
}

/** Schemas pass over this one name, whatever they say of unknown ones. */
function withoutPrototype(key: string, value: unknown): unknown {
  if (key === "__proto__") throw new SyntaxError("__proto__ is no name of a field");
  return value;
}

async function readBounded(request: Request): Promise<Result<string, Refusal>> {
  const tooLarge = err({ code: "too-large" as const, detail: `A body may have ${maxBodyBytes} bytes at most.` });
  if (Number(request.headers.get("content-length") ?? 0) > maxBodyBytes) return tooLarge;
  if (request.body === null) return ok("");
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBodyBytes) return tooLarge;
    chunks.push(chunk);
  }
  try {
    return ok(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks)));
  } catch {
    return err({ code: "invalid-request", detail: "The body is not UTF-8." });
  }
}
