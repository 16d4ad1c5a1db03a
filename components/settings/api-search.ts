import type { ApiDoor } from "#lib/wire/api-reference.ts";

/** Whether a door has all of the words, in whatever it tells: address, sentence, needs, names of fields, codes of refusals. */
export function matches(door: ApiDoor, words: string): boolean {
  const { method, path, summary, needs, parameters, body, answers, refusals } = door;
  const names = [...parameters, ...body, ...answers.flatMap(({ fields }) => fields)].map(({ name }) => name);
  const told = [method, path, summary, needs, ...names, ...refusals.map(({ status, about }) => `${status} ${about}`)];
  const text = told.join("\n").toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
