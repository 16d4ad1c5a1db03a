import type { Random } from "#e2e/fuzz/random.ts";

/** What hurts parsers of any format. */
const nastyWords: readonly string[] = [
  ...[
    "\0",
    "\r\n",
    "\r",
    "\u2028",
    "\ufeff",
    "\u202e",
    "\u200b",
    "\u001b]0;x\u0007",
    "\u001b[2J",
    "\u009b1m",
    "\ufffd",
  ],
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "then", "length", "valueOf"],
  ...["0", "-0", "-1", "1e309", "NaN", "Infinity", "0x10", "1_0", "9007199254740993", "18446744073709551616"],
  ...["2147483648", "-2147483649", "9".repeat(400), `0.${"0".repeat(400)}1`, "1e-400", "1970-01-01", "+00:00"],
  ...["null", "true", "{}", "[]", '""', '"', "'", "\\", "\\ud800", "\\u0000", "&#0;", "&amp;", "&#x110000;", "]]>"],
  ...[
    "<![CDATA[",
    "<!DOCTYPE a [<!ENTITY a 'b'>]>",
    "&a;",
    "<!--",
    "-->",
    "<a>",
    "</a>",
    "<a/>",
    "<?x?>",
    "#",
    ": ",
    "- ",
  ],
  ...[
    "<script>alert(1)</script>",
    ["$", "{7*7}"].join(""),
    "{{7*7}}",
    "$(id)",
    "`id`",
    "../../../etc/passwd",
    "%00",
    "%2e%2e%2f",
    "%",
  ],
  ...[
    "é",
    "日本",
    "👨‍👩‍👧",
    "\u0301".repeat(40),
    "A".repeat(300),
    " ".repeat(300),
    ",".repeat(300),
    "\t",
    "|",
    "&",
    "*a",
    "&a ",
  ],
];

export interface Mutating {
  readonly random: Random;
  /** What is mutated, and what is taken to splice in. */
  readonly corpus: readonly Uint8Array[];
  readonly words: readonly string[];
  readonly longestBytes: number;
}

/** One input made of another by one to six changes, most of them aware of the input's structure. */
export function mutate(parts: Mutating): Buffer {
  const { random, corpus, longestBytes } = parts;
  // Rarely something large, because what grows with the square of a length shows there only.
  const most = random.oneIn(2_000) ? longestBytes * 16 : longestBytes;
  let input: Buffer = Buffer.from(random.pick(corpus));
  for (let left = 1 + random.below(6); left > 0; left -= 1) input = change(input, parts, most);
  return input.length > most ? input.subarray(0, most) : input;
}

type Change = (input: Buffer, parts: Mutating, most: number) => Buffer;

function change(input: Buffer, parts: Mutating, most: number): Buffer {
  if (input.length === 0) return insertWord(input, parts, most);
  return parts.random.pick(changes)(input, parts, most);
}

const flipBit: Change = (input, { random }) => {
  const changed = Buffer.from(input);
  const at = random.below(changed.length);
  changed[at] = (changed[at] as number) ^ (1 << random.below(8));
  return changed;
};

const setByte: Change = (input, { random }) => {
  const changed = Buffer.from(input);
  changed[random.below(changed.length)] = random.below(256);
  return changed;
};

const insertWord: Change = (input, { random, words }) => {
  const at = random.below(input.length + 1);
  const word = Buffer.from(random.pick(random.oneIn(2) && words.length > 0 ? words : nastyWords));
  return Buffer.concat([input.subarray(0, at), word, input.subarray(at)]);
};

const cutOut: Change = (input, { random }) => {
  const at = random.below(input.length);
  const length = 1 + random.below(Math.min(200, input.length - at));
  return Buffer.concat([input.subarray(0, at), input.subarray(at + length)]);
};

const truncate: Change = (input, { random }) => input.subarray(0, random.below(input.length));

const repeat: Change = (input, { random }, most) => {
  const at = random.below(input.length);
  const piece = input.subarray(at, at + 1 + random.below(Math.min(400, input.length - at)));
  const room = Math.max(1, Math.floor((most - input.length) / piece.length));
  const times = 1 + (random.oneIn(8) || most > 200_000 ? random.below(room) : random.below(Math.min(room, 8)));
  return Buffer.concat([input.subarray(0, at), ...Array<Buffer>(times).fill(piece), input.subarray(at)]);
};

const splice: Change = (input, { random, corpus }) => {
  const other = random.pick(corpus);
  const from = random.below(other.length + 1);
  const at = random.below(input.length);
  return Buffer.concat([input.subarray(0, at), other.subarray(from), input.subarray(at + random.below(100))]);
};

const nest: Change = (input, { random }, most) => {
  const [open, close] = random.pick(brackets);
  const depth = Math.min(random.pick([2, 20, 200, 2_000]), Math.floor(most / 2 / open.length));
  const at = random.below(input.length + 1);
  const end = random.oneIn(2) ? Buffer.from(close.repeat(depth)) : Buffer.alloc(0);
  const to = at + random.below(input.length - at + 1);
  const inner = input.subarray(at, to);
  return Buffer.concat([input.subarray(0, at), Buffer.from(open.repeat(depth)), inner, end, input.subarray(to)]);
};
const brackets = [
  ["[", "]"],
  ['{"a":', "}"],
  ["<a>", "</a>"],
  ["(", ")"],
  ['"', '"'],
  ["- ", ""],
  ["a: \n ", ""],
] as const;

/** Another word in the place of one between separators, a word twice, or two that change places. */
const changeWord: Change = (input, { random, words }) => {
  const pieces = input.toString("latin1").split(/([\s<>{}[\],:;"'=/]+)/);
  const at = random.below(pieces.length);
  const other = random.below(pieces.length);
  const word = Buffer.from(random.pick(random.oneIn(3) && words.length > 0 ? words : nastyWords)).toString("latin1");
  const before = pieces[at] as string;
  switch (random.below(4)) {
    case 0:
      pieces[at] = word;
      break;
    case 1:
      pieces[at] = pieces[other] as string;
      break;
    case 2:
      pieces[at] = pieces[other] as string;
      pieces[other] = before;
      break;
    default:
      pieces.splice(at, random.below(6));
  }
  return Buffer.from(pieces.join(""), "latin1");
};

const changeLines: Change = (input, { random }) => {
  const lines = input.toString("latin1").split("\n");
  const at = random.below(lines.length);
  const other = random.below(lines.length);
  const line = lines[at] as string;
  if (random.oneIn(2)) lines.splice(other, 0, line);
  else lines[at] = lines[other] as string;
  return Buffer.from(lines.join("\n"), "latin1");
};

/** JSON stays JSON: a value somewhere in it becomes another, or goes. */
const changeJson: Change = (input, parts, most) => {
  let value: unknown;
  try {
    value = JSON.parse(input.toString("utf8"));
  } catch {
    // It is no JSON, so another change is made in its place.
    return changeWord(input, parts, most);
  }
  const { random } = parts;
  const holders: (Record<string, unknown> | unknown[])[] = [];
  const look = (each: unknown) => {
    if (typeof each !== "object" || each === null || holders.length > 500) return;
    holders.push(each as Record<string, unknown>);
    for (const inner of Object.values(each)) look(inner);
  };
  look(value);
  if (holders.length === 0) return Buffer.from(JSON.stringify(random.pick(nastyValues)));
  const holder = random.pick(holders);
  const keys = Object.keys(holder);
  if (keys.length === 0 || random.oneIn(6)) {
    if (Array.isArray(holder)) holder.push(random.pick(nastyValues));
    else set(holder, random.pick(nastyWords), random.pick(nastyValues));
    return Buffer.from(JSON.stringify(value));
  }
  const key = random.pick(keys);
  const target = holder as Record<string, unknown>;
  if (random.oneIn(6)) delete target[key];
  else if (random.oneIn(4)) set(target, key, target[random.pick(keys)]);
  else if (random.oneIn(3)) set(target, key, random.pick(nastyWords));
  else set(target, key, random.pick(nastyValues));
  return Buffer.from(JSON.stringify(value));
};

function set(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

const nastyValues: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, 5e-324, 2 ** 53, -2_147_483_649, "", "\u0000", [], {}, [[]]],
  ...[["a"], { a: 1 }, JSON.parse('{"__proto__": {"polluted": 1}}'), [null], [1, 1, 1], "A".repeat(2_000), "\ud800"],
];

const changes: readonly Change[] = [
  ...[flipBit, setByte, insertWord, insertWord, cutOut, truncate, repeat, splice, nest],
  ...[changeWord, changeWord, changeWord, changeLines, changeJson, changeJson, changeJson],
];
