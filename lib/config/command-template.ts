import { nearest } from "#lib/core/nearest.ts";

/** A word of a command as it is written: what stands between the places where parameters go. */
export type TemplatePart =
  | { readonly type: "literal"; readonly text: string }
  | { readonly type: "param"; readonly name: string };

/** `--shop={shop}` as its parts. */
export function parseWord(word: string): TemplatePart[] {
  return word.split(/(\{[a-z][a-z0-9_]*\})/).flatMap((part, index): TemplatePart[] => {
    if (index % 2 === 1) return [{ type: "param", name: part.slice(1, -1) }];
    return part === "" ? [] : [{ type: "literal", text: part }];
  });
}

/** The words with the parameters' values in their places. Each stays one word, whatever it holds: no shell reads it. */
export function fillWords(words: readonly string[], values: Readonly<Record<string, string>>): [string, ...string[]] {
  const fill = (part: TemplatePart) => (part.type === "literal" ? part.text : (values[part.name] ?? ""));
  const [program = "", ...rest] = words.map((word) => parseWord(word).map(fill).join(""));
  return [program, ...rest];
}

export function paramsOf(words: readonly string[]): string[] {
  return words.flatMap(parseWord).flatMap((part) => (part.type === "param" ? [part.name] : []));
}

/** The part of a declared action that is commands and what goes into them. */
interface Commands {
  readonly run: readonly string[];
  readonly undo?: readonly string[] | undefined;
  readonly finally?: readonly string[] | undefined;
  readonly preflight: readonly { readonly run: readonly string[] }[];
  readonly verify: "green" | { readonly run: readonly string[] };
  readonly params: Readonly<Record<string, { readonly enum?: readonly string[] | undefined }>>;
  readonly env: Readonly<Record<string, string>>;
  readonly secrets: Readonly<Record<string, string>>;
}

interface Complaint {
  readonly path: (string | number)[];
  readonly message: string;
}

/** What is wrong with the commands of one declared action, each with its place in it. */
export function commandComplaints(action: Commands): Complaint[] {
  const commands: { path: (string | number)[]; words: readonly string[] }[] = [
    { path: ["run"], words: action.run },
    ...action.preflight.map(({ run }, index) => ({ path: ["preflight", index, "run"], words: run })),
    ...(action.verify === "green" ? [] : [{ path: ["verify", "run"], words: action.verify.run }]),
    ...(action.undo === undefined ? [] : [{ path: ["undo"], words: action.undo }]),
    ...(action.finally === undefined ? [] : [{ path: ["finally"], words: action.finally }]),
  ];
  const used = new Set(commands.flatMap(({ words }) => paramsOf(words)));
  const unused = Object.keys(action.params).filter((name) => !used.has(name));
  return [
    ...commands.flatMap(({ path, words }) => complaintsOf(words, path, action.params)),
    ...variableComplaints(action),
    ...unused.map((name) => ({ path: ["params", name], message: `\`${name}\` must stand in a command as {${name}}` })),
  ];
}

/** sudo takes all variables away, so the program would miss them without a word. */
function variableComplaints({ run, env, secrets }: Commands): Complaint[] {
  if (run[0]?.split("/").at(-1) !== "sudo") return [];
  const lost = (["env", "secrets"] as const).filter((key) => Object.keys({ env, secrets }[key]).length > 0);
  const message =
    "must not stand beside sudo, which takes variables away: let the program read them from a file of root's";
  return lost.map((key) => ({ path: [key], message: `\`${key}\` ${message}` }));
}

const shells = ["sh", "ash", "bash", "dash", "fish", "ksh", "zsh", "busybox"];

function complaintsOf(words: readonly string[], path: (string | number)[], params: Commands["params"]): Complaint[] {
  const [program = ""] = words;
  const complaints = words.flatMap((word, index) =>
    paramsOf([word])
      .filter((name) => !Object.hasOwn(params, name))
      .map((name) => ({ path: [...path, index], message: unknownParam(name, Object.keys(params)) })),
  );
  const say = (index: number, message: string) => complaints.push({ path: [...path, index], message });
  if (paramsOf([program]).length > 0) say(0, "the program must be named here; a parameter may only be an argument");
  if (program.startsWith("-") || program.includes("=")) say(0, "expected a program, found an option or a setting");
  const shellAt = words.findIndex((word) => shells.includes(word.split("/").at(-1) ?? ""));
  if (shellAt >= 0 && words.slice(shellAt).some((word) => /^-[a-z]*c/.test(word))) {
    say(shellAt, "a line for a shell must stand in a script on the host, and the script here: no text reaches a shell");
  }
  complaints.push(...sudoComplaints(words, path, params));
  return complaints;
}

/** A line of sudoers is exact: its program has a whole path, and every word one of a few values. */
function sudoComplaints(words: readonly string[], path: (string | number)[], params: Commands["params"]): Complaint[] {
  if (words[0]?.split("/").at(-1) !== "sudo") return [];
  if (words[1] !== "-n" || !words[2]?.startsWith("/")) {
    const message = "expected `sudo`, `-n`, then a program by its whole path: so a line of sudoers can name it exactly";
    return [{ path: [...path, 0], message }];
  }
  return words.flatMap((word, index) =>
    paramsOf([word])
      .filter((name) => params[name] !== undefined && params[name].enum === undefined)
      .map((name) => ({
        path: [...path, index],
        message: `under sudo {${name}} must be an \`enum\`: a line of sudoers names every word exactly`,
      })),
  );
}

function unknownParam(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  const hint = near === undefined ? "" : ` — did you mean {${near}}?`;
  return `{${name}} must be one of \`params\`${hint}`;
}
