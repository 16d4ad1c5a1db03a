/**
 * One word for a POSIX shell, whatever it holds. A word of harmless characters stays as it is, so that a forced command
 * can recognise what it is asked for; anything else goes between single quotes, inside which a shell reads nothing.
 */
export function quoteWord(word: string): string {
  if (word.includes("\0")) throw new TypeError("a word of a command must not hold a zero byte");
  return /^[A-Za-z0-9_./:@%+,-][A-Za-z0-9_./:@%+,=-]*$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(" ");
}

/**
 * Program and arguments with the environment in front, as words: `env LC_ALL=C passenger-status`.
 * Throws on a name that is no variable's name and on a program that would be taken for an option.
 */
export function commandWords(argv: readonly string[], env: Readonly<Record<string, string>> = {}): string[] {
  const program = argv[0];
  if (program === undefined || program === "" || program.startsWith("-")) {
    throw new TypeError("a command needs a program, and its name must not begin with a dash");
  }
  if (program.includes("=")) throw new TypeError("a program's name must not hold an equals sign");
  const settings = Object.entries(env).map(([name, value]) => `${variable(name)}=${value}`);
  return settings.length === 0 ? [...argv] : ["env", ...settings, ...argv];
}

/**
 * The same words behind a reader that takes the named variables from the first lines of stdin, and those lines. Only a
 * program's own user and root can see its environment; everybody sees its arguments. Throws on a value of several lines.
 */
export function readingSecrets(
  words: readonly string[],
  secrets: Readonly<Record<string, string>> = {},
): { readonly words: readonly string[]; readonly stdin: string } {
  const names = Object.keys(secrets).map(variable);
  if (names.length === 0) return { words, stdin: "" };
  const lines = Object.values(secrets).map((value) => {
    if (/[\0\n]/.test(value)) throw new TypeError("a secret for a command's environment must be one line");
    return `${value}\n`;
  });
  return { words: ["sh", "-c", secretReader, "pitwall", ...names, "--", ...words], stdin: lines.join("") };
}

const secretReader =
  'while [ "$1" != -- ]; do IFS= read -r line || exit 126; export "$1=$line"; shift; done; shift; exec "$@"';

function variable(name: string): string {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is no variable's name`);
  return name;
}
