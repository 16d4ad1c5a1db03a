/**
 * About how many steps a pattern compiles to: what stands before `{n,m}` is compiled m times over, groups within groups again.
 * A few hundred characters can ask for all memory so; this is known before it is compiled. Pure.
 */
export function patternSize(text: string): number {
  /** Size of what stands before in each open group, the innermost last. */
  const outer: number[] = [];
  let size = 0;
  let last = 0;
  const put = (atom: number) => {
    last = atom;
    size += atom;
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === "\\") {
      at += 1;
      put(1);
    } else if (char === "[") {
      at = endOfClass(text, at);
      put(1);
    } else if (char === "(") {
      outer.push(size);
      size = 1;
      last = 1;
    } else if (char === ")" && outer.length > 0) {
      const before = outer.pop() ?? 0;
      last = size + 1;
      size = before + last;
    } else if (char === "{") {
      const [whole, times] = repeatAt(text, at);
      // Within a repeated group this one counts as often as that: the group's size has it in already.
      size += last * Math.max(0, times - 1);
      last *= Math.max(1, times);
      at += whole - 1;
    } else put(1);
  }
  return outer.reduce((sum, before) => sum + before, size);
}

function endOfClass(text: string, from: number): number {
  // A bracket that stands first is one of the class.
  for (let at = from + (text[from + 1] === "^" ? 3 : 2); at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === "]") return at;
  }
  return text.length;
}

const repeat = /\{(\d{1,9})(?:,(\d{0,9}))?\}/y;

/** Length of the repetition at that place, and how often it repeats at most; of one without end, its least and once more. */
function repeatAt(text: string, at: number): readonly [length: number, times: number] {
  repeat.lastIndex = at;
  const found = repeat.exec(text);
  if (found === null) return [1, 1];
  const [whole, least = "1", most] = found;
  return [whole.length, most === undefined ? Number(least) : most === "" ? Number(least) + 1 : Number(most)];
}
