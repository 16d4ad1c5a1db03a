/** Which of many things are meant: their indices, ascending. */
export type Places = readonly number[];

/** The places of `count` things. Asked for with every column, so those of the usual counts are made once. */
export function allOf(count: number): Places {
  const known = all[count];
  if (known !== undefined) return known;
  const places = placesBetween(0, count);
  if (count < mostKept) all[count] = places;
  return places;
}

const all: Places[] = [];
/** A block has 64 polls, or the minutes of four hours. */
const mostKept = 256;

/** From one place to before another. */
export function placesBetween(from: number, end: number): Places {
  const places = new Array<number>(Math.max(0, end - from));
  for (let i = 0; i < places.length; i += 1) places[i] = from + i;
  return places;
}

/** The same for each of `wanted`, which is one place most of the time. */
export function alike<Value>(wanted: Places, value: Value): Value[] {
  return wanted.length === 1 ? [value] : new Array<Value>(wanted.length).fill(value);
}

/** A small number of each thing, such as its form or its length, or the one that all have. */
export type Forms = number | readonly number[];

/** Of `count` things of several forms those that lie together: how many they are, and where among them the wanted ones lie. */
export function partOf(
  forms: Forms,
  count: number,
  has: (form: number) => boolean,
  wanted: Places,
): { readonly count: number; readonly wanted: Places } {
  if (typeof forms === "number") return has(forms) ? { count, wanted } : { count: 0, wanted: [] };
  const places: number[] = [];
  let own = 0;
  for (let index = 0, sought = 0; index < count; index += 1) {
    const isWanted = index === wanted[sought];
    if (isWanted) sought += 1;
    if (!has(forms[index] as number)) continue;
    if (isWanted) places.push(own);
    own += 1;
  }
  return { count: own, wanted: places };
}

export function formAt(forms: Forms, place: number): number | undefined {
  return typeof forms === "number" ? forms : forms[place];
}
