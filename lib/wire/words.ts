import { z } from "zod";
import { foreignLine, foreignText } from "#lib/core/foreign-text.ts";

/** What a person wrote on one line for others to read, made harmless; up to `most` characters. */
export const wordsLine = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .transform((text) => foreignLine(text, most));

/** The same over several lines. */
export const wordsText = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .transform((text) => foreignText(text, most));

/** A reason that must be given: as `wordsLine`, and `missing` is what is said of an empty one. */
export const givenWords = (most: number, missing: string) =>
  z
    .string()
    .trim()
    .min(1, missing)
    .max(most)
    .transform((text) => foreignText(text, most));
