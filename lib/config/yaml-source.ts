import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import { foreignLine, unseenIn } from "#lib/core/foreign-text.ts";
import { withoutStacks } from "#lib/core/without-stacks.ts";

export type Path = readonly (string | number)[];

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something that is wrong with the text itself, before anybody asked what it means. */
export interface YamlProblem extends Position {
  readonly path: Path;
  readonly message: string;
}

/** A YAML document as plain values, with the place of every key and value. */
export interface YamlSource {
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
  /** Where the value stands; for a value that is missing, the key or the item it is missing from. */
  readonly valueAt: (path: Path) => Position;
  readonly keyAt: (path: Path) => Position;
  readonly lines: readonly string[];
}

/** Over these, a file is no configuration but an attack or a mistake; a document of aliases that multiply ends here too. */
export const yamlBounds = { bytes: 1_048_576, nodes: 50_000, depth: 64, problems: 100 } as const;

/** Reads YAML 1.2 without trusting it. Never throws; what cannot be read is a problem with its place. */
export function readYaml(text: string): YamlSource {
  const lines = text.split(/\r\n|\r|\n/);
  const start: Position = { line: 1, column: 1 };
  const refused = (message: string): YamlSource => ({
    value: undefined,
    problems: [{ ...start, path: [], message }],
    valueAt: () => start,
    keyAt: () => start,
    lines,
  });
  if (Buffer.byteLength(text) > yamlBounds.bytes) return refused("the file is over 1 MB, which no configuration needs");

  if (nestsTooDeep(text)) return refused(`it is nested to more than ${bracketDepth} levels of brackets`);

  const counter = new LineCounter();
  let document: Document.Parsed;
  try {
    const options = { prettyErrors: false, uniqueKeys: false, schema: "core", logLevel: "silent" } as const;
    // A broken text can make an error of each two bytes.
    document = withoutStacks(() => parseDocument(text, { ...options, lineCounter: counter }));
  } catch (error) {
    return refused(`it cannot be read as YAML: ${firstLine(error)}`);
  }
  const at = (offset: number): Position => {
    const { line, col } = counter.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const problems: YamlProblem[] = [...document.errors, ...document.warnings]
    .slice(0, yamlBounds.problems)
    .map((error) => ({ ...at(error.pos[0]), path: [], message: `it is not valid YAML: ${firstLine(error)}` }));
  const walk = new Walk(document, at, problems);
  const value = problems.length === 0 ? walk.plain(document.contents, []) : undefined;
  return { value, problems, valueAt: walk.valueAt, keyAt: walk.keyAt, lines };
}

/** Turns the document's nodes into plain values, keeping places, bounding aliases and refusing what could be misread. */
/** The parser's time grows faster than the depth of brackets. Those in texts are counted too, but are as often closed. */
const bracketDepth = 256;

function nestsTooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth = Math.max(0, depth + (bracket === "[" || bracket === "{" ? 1 : -1));
    if (depth > bracketDepth) return true;
  }
  return false;
}

class Walk {
  readonly #document: Document.Parsed;
  readonly #at: (offset: number) => Position;
  readonly #problems: YamlProblem[];
  readonly #values = new Map<string, Position>();
  readonly #keys = new Map<string, Position>();
  #nodes = 0;

  constructor(document: Document.Parsed, at: (offset: number) => Position, problems: YamlProblem[]) {
    this.#document = document;
    this.#at = at;
    this.#problems = problems;
  }

  readonly valueAt = (path: Path): Position => {
    for (let length = path.length; length >= 0; length -= 1) {
      const position = this.#values.get(JSON.stringify(path.slice(0, length)));
      if (position !== undefined) return position;
    }
    return { line: 1, column: 1 };
  };

  readonly keyAt = (path: Path): Position => this.#keys.get(JSON.stringify(path)) ?? this.valueAt(path);

  plain(node: unknown, path: Path): unknown {
    this.#nodes += 1;
    const position = this.#place(node);
    if (position !== undefined) this.#values.set(JSON.stringify(path), position);
    if (this.#nodes > yamlBounds.nodes || path.length > yamlBounds.depth) {
      const what = `it unfolds to more than ${yamlBounds.nodes} values or ${yamlBounds.depth} levels; use fewer aliases`;
      if (!this.#problems.some((problem) => problem.message === what)) this.#complain(position, path, what);
      return undefined;
    }
    if (isAlias(node)) return this.#alias(node.resolve(this.#document), node.source, position, path);
    if (isMap(node)) return this.#map(node.items, path);
    if (isSeq(node)) return node.items.map((item, index) => this.plain(item, [...path, index]));
    if (isScalar(node)) return this.#scalar(node.value, position, path);
    return null;
  }

  #alias(target: Node | undefined, name: string, position: Position | undefined, path: Path): unknown {
    if (target === undefined) {
      this.#complain(position, path, `nothing is anchored as &${name.slice(0, 60)} above this alias`);
      return undefined;
    }
    const value = this.plain(target, path);
    if (position !== undefined) this.#values.set(JSON.stringify(path), position);
    return value;
  }

  #map(items: readonly Pair[], path: Path): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    for (const { key, value } of items) {
      const name = isScalar(key) ? `${key.value}` : undefined;
      const position = this.#place(key);
      if (name === undefined || name === "__proto__" || unseenIn(name) !== null) {
        this.#complain(position, path, "a key must be plain text");
        continue;
      }
      const here = [...path, name];
      if (Object.hasOwn(map, name)) {
        const first = this.#keys.get(JSON.stringify(here));
        this.#complain(
          position,
          here,
          `key \`${name.slice(0, 60)}\` stands twice; the first is on line ${first?.line}`,
        );
        continue;
      }
      if (position !== undefined) this.#keys.set(JSON.stringify(here), position);
      map[name] = this.plain(value, here);
      if (value === null && position !== undefined) this.#values.set(JSON.stringify(here), position);
    }
    return map;
  }

  #scalar(value: unknown, position: Position | undefined, path: Path): unknown {
    if (typeof value === "bigint") return Number(value);
    const unseen = typeof value === "string" ? unseenIn(value) : null;
    if (unseen !== null) {
      this.#complain(position, path, `a value must not contain ${unseen}: it does not mean what it looks like`);
      return undefined;
    }
    return value;
  }

  #place(node: unknown): Position | undefined {
    if (typeof node !== "object" || node === null || !("range" in node)) return undefined;
    const { range } = node as { range?: readonly [number, number, number] | null };
    return range ? this.#at(range[0]) : undefined;
  }

  #complain(position: Position | undefined, path: Path, message: string): void {
    if (this.#problems.length >= yamlBounds.problems) return;
    this.#problems.push({ ...(position ?? this.valueAt(path)), path, message });
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text.startsWith("Maximum call stack")) return "it is nested too deep";
  // Some messages end with the text they are about, which may be a secret.
  const line = (text.split("\n")[0] ?? "").replace(/: ".*$/, "").replace(/:$/, "");
  return foreignLine(line, 200);
}
