import { z } from "zod";

/** A value somebody types, and what it may be. Patterns are of the RE2 dialect and must match the whole value. */
export const paramInputDto = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), pattern: z.string(), minLength: z.number(), maxLength: z.number() }),
  z.object({ type: z.literal("integer"), min: z.number(), max: z.number() }),
]);

/** A parameter of an action: one of the values that are possible right now, or, with `input`, one that is typed. */
export const paramFieldDto = z.object({
  name: z.string(),
  label: z.string(),
  options: z.array(z.object({ value: z.string(), label: z.string(), hint: z.string().optional() })),
  input: paramInputDto.exactOptional(),
  /** What to know before one types or picks. */
  hint: z.string().exactOptional(),
});

export type ParamInput = z.infer<typeof paramInputDto>;
export type ParamFieldDto = z.infer<typeof paramFieldDto>;

/** What is needed of a field to judge a value. */
export type JudgedField = {
  readonly options: readonly { readonly value: string }[];
  readonly input?: ParamInput | undefined;
};

/**
 * Why a value cannot be taken, as the end of a sentence that begins with the field's name: `must be a whole number from 1 to
 * 9`; `null` when it can. `matches` tells whether a pattern matches the whole of a text.
 */
export function paramComplaint(
  { options, input }: JudgedField,
  value: string,
  matches: (pattern: string, text: string) => boolean,
): string | null {
  if (input === undefined) {
    const values = options.map((option) => option.value).join(", ");
    const known = options.some((option) => option.value === value);
    return known ? null : `must be one of: ${values || "nothing is possible right now"}`;
  }
  switch (input.type) {
    case "integer":
      return integerComplaint(input, value);
    case "text":
      return textComplaint(input, value, matches);
    default:
      return input satisfies never;
  }
}

function integerComplaint({ min, max }: { min: number; max: number }, value: string): string | null {
  const number = /^(?:0|[1-9][0-9]{0,14})$/.test(value) ? Number(value) : Number.NaN;
  return number >= min && number <= max ? null : `must be a whole number from ${min} to ${max}`;
}

function textComplaint(
  { pattern, minLength, maxLength }: { pattern: string; minLength: number; maxLength: number },
  value: string,
  matches: (pattern: string, text: string) => boolean,
): string | null {
  const range = minLength === maxLength ? `${minLength}` : `${minLength} to ${maxLength}`;
  if (value.length < minLength || value.length > maxLength) return `must have ${range} characters`;
  // What begins with a dash would be an option of the program; control characters have no business in an argument.
  if (value.startsWith("-")) return "must not begin with a dash";
  if (/\p{C}/u.test(value)) return "must not hold control characters";
  return matches(pattern, value) ? null : `must match ${pattern}`;
}
