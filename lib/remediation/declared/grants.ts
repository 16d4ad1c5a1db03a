import type { ActionConfig, ActionParam, UnitConfig } from "#lib/config/actions-schema.ts";
import { usualLength } from "#lib/config/actions-schema.ts";
import { parseWord, type TemplatePart } from "#lib/config/command-template.ts";
import { type Access, escapeEre, exact, type GrantedWord, type KindGrant, oneOf } from "#lib/core/grant.ts";
import { integerPattern } from "#lib/core/integer-pattern.ts";
import { posixPattern } from "#lib/core/posix-pattern.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { showArgv, unitArgv } from "#lib/remediation/declared/systemd.ts";

/** The commands of one declared action, on each of its hosts. The error says what of it no allow-list can hold. */
export function declaredGrants(action: ActionConfig): Result<KindGrant[], string> {
  const { id, run, undo, finally: always, preflight, verify, env, secrets, params, at, timeout } = action;
  const hosts = [at].flat().map((place) => (typeof place === "string" ? place : place.host));
  const commands: readonly (readonly [string, readonly string[], Access])[] = [
    [`own-${id}`, run, "act"],
    ...(undo === undefined ? [] : [[`own-${id}-undo`, undo, "act"] as const]),
    ...(always === undefined ? [] : [[`own-${id}-finally`, always, "act"] as const]),
    ...preflight.map((check, index) => [`own-${id}-check-${index + 1}`, check.run, "look"] as const),
    ...(verify === "green" ? [] : [[`own-${id}-verify`, verify.run, "look"] as const]),
  ];
  const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const front = settings.length === 0 ? [] : ["env", ...settings].map(exact);
  const grants: KindGrant[] = [];
  for (const [name, words, access] of commands) {
    const granted = words.map((word) => grantedWord(word, params));
    const wrong = granted.find((word) => !word.ok);
    if (wrong !== undefined && !wrong.ok) return err(`\`${id}\`: ${wrong.error}`);
    const list = granted.flatMap((word) => (word.ok ? [word.value] : []));
    const limitSeconds = access === "act" ? Math.ceil(timeout / 1_000) + 5 : 30;
    const told = { id: name, about: action.title, access, words: [...front, ...list], limitSeconds };
    for (const host of hosts) grants.push({ host, ...told, secrets: Object.keys(secrets) });
  }
  return ok(grants);
}

/** The commands for the units that may be restarted. */
export function unitGrants(units: readonly UnitConfig[]): KindGrant[] {
  return units.flatMap((unit) => {
    const grant = (id: string, about: string, access: Access, argv: readonly string[], limitSeconds: number) => ({
      host: unit.host,
      id,
      about: `${about} ${unit.unit}`,
      access,
      words: argv.map(exact),
      limitSeconds,
    });
    const limit = Math.ceil(unit.timeout / 1_000) + 5;
    return [
      grant("unit-show", "look at", "look", ["env", "LC_ALL=C", ...showArgv(unit)], 30),
      grant("unit-restart", "restart", "act", unitArgv(unit, "restart"), limit),
      grant("unit-reset", "reset the failures of", "act", unitArgv(unit, "reset-failed"), 30),
    ];
  });
}

/** At most so many words are written out one by one. */
const mostWords = 500;

function grantedWord(word: string, params: ActionConfig["params"]): Result<GrantedWord, string> {
  const parts = parseWord(word);
  const all = parts.reduce<string[] | null>((words, part) => timesPart(words, part, params), [""]);
  if (all !== null) return ok(oneOf([...new Set(all)]));
  let pattern = "";
  let [min, max] = [0, 0];
  for (const part of parts) {
    if (part.type === "literal") {
      pattern += escapeEre(part.text);
      [min, max] = [min + part.text.length, max + part.text.length];
      continue;
    }
    const param = params[part.name];
    const own = param === undefined ? err("no such parameter") : paramPattern(part.name, param);
    if (!own.ok) return own;
    pattern += `(${own.value.pattern})`;
    [min, max] = [min + own.value.min, max + own.value.max];
  }
  return ok({ type: "match", match: { pattern, min, max, dash: word.startsWith("-") } });
}

/** The words so far, each with every value of the part; `null` where they cannot be counted out. */
function timesPart(words: string[] | null, part: TemplatePart, params: ActionConfig["params"]): string[] | null {
  if (words === null) return null;
  if (part.type === "literal") return words.map((word) => word + part.text);
  const values = params[part.name]?.enum;
  if (values === undefined || words.length * values.length > mostWords) return null;
  return words.flatMap((word) => values.map((value) => word + value));
}

function paramPattern(
  name: string,
  param: ActionParam,
): Result<{ readonly pattern: string; readonly min: number; readonly max: number }, string> {
  if (param.enum !== undefined) {
    const lengths = param.enum.map((value) => value.length);
    return ok({ pattern: param.enum.map(escapeEre).join("|"), min: Math.min(...lengths), max: Math.max(...lengths) });
  }
  if (param.integer !== undefined) {
    const { min, max } = param.integer;
    return ok({ pattern: integerPattern(min, max), min: `${min}`.length, max: `${max}`.length });
  }
  const pattern = posixPattern(param.pattern ?? "");
  if (!pattern.ok) return err(`the pattern of {${name}} has ${pattern.error}, which no allow-list can hold`);
  return ok({ pattern: pattern.value, ...(param.length ?? usualLength) });
}
