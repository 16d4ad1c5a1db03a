import fc from "fast-check";

/** A text that makes an expression work more than in proportion to its length. */
export interface Pump {
  readonly before: string;
  /** Repeated. */
  readonly unit: string;
  readonly after: string;
  /** How much longer it took over a text four times as long. */
  readonly growth: number;
}

/** A linear expression takes four times as long over four times the text, a quadratic one sixteen times. */
const mostGrowth = 8;
/** Rising by steps that an exponential expression cannot hide between: it is seen long before it hangs. */
const lengths = [16, 20, 24, 29, 35, 42, 50, 60, 72, 86, 104, 125, 512, 4_096];
/** What a linear expression takes a hundredth of, over the longest of them; below it nothing is worth a second look. */
const suspiciousUs = 1_500;

/**
 * Looks for a text that an expression is slow over: pieces of texts that match it, repeated, with something after them
 * that does not. Measured is the best of several short
 * tries, which a busy machine lets through undisturbed sooner or later, and judged is its growth alone.
 */
export function findPump(expression: RegExp, seed: number): Pump | null {
  for (const { before, unit, after } of candidates(expression, seed)) {
    const text = (length: number) =>
      before + unit.repeat(Math.max(1, Math.ceil((length - before.length) / unit.length))) + after;
    const slow = lengths.find((length) => bestUs(expression, text(length), 3, suspiciousUs) >= suspiciousUs);
    if (slow === undefined) continue;
    const growth = bestUs(expression, text(slow), 7) / Math.max(1, bestUs(expression, text(slow / 4), 7));
    if (growth > mostGrowth) return { before, unit, after, growth };
  }
  return null;
}

/** Ends early with a try that was quick enough. */
function bestUs(expression: RegExp, text: string, tries: number, enough = 0): number {
  let best = Number.POSITIVE_INFINITY;
  for (let at = 0; at < tries; at += 1) {
    const from = performance.now();
    expression.lastIndex = 0;
    // All matches of those that look for all.
    if (expression.global) text.replace(expression, "");
    else expression.test(text);
    best = Math.min(best, 1_000 * (performance.now() - from));
    if (best < enough) break;
  }
  return best;
}

type Candidate = Omit<Pump, "growth">;

function candidates(expression: RegExp, seed: number): Iterable<Candidate> {
  const found = new Map<string, Candidate>();
  const add = (before: string, unit: string) => found.set(`${before}\u0002${unit}`, { before, unit, after: "\u0001" });
  for (const text of [...matching(expression, seed), ...pieces(expression.source), ...everyday]) {
    add("", text);
    for (let at = 0; at < Math.min(text.length, 12); at += 1) {
      for (const length of [1, 2]) add(text.slice(0, at), text.slice(at, at + length));
    }
  }
  found.delete("\u0002");
  return found.values();
}

const everyday = [" ", "\t", "\n", "a", "0", "a ", "0.", "=", ".", "/", "-", ":", '"', "\\", "(", "[", "a=a"];

/** Texts that it matches; none where fast-check does not know what stands in it. */
function matching(expression: RegExp, seed: number): string[] {
  // It tries characters until one fits, which for what is left of so little takes for ever.
  if (/\[\^\\[SDW]/.test(expression.source)) return [];
  const plain = expression.source.replaceAll(/\\b|\\B|\(\?<?[=!](?:[^()]|\([^()]*\))*\)/g, "");
  try {
    const bounded = fc.stringMatching(new RegExp(plain, expression.flags.replace("y", "")), { maxLength: 24 });
    return fc.sample(bounded, { numRuns: 3, seed });
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause;
    return [];
  }
}

/** What stands in it literally. */
function pieces(source: string): string[] {
  const literal = source.replaceAll(/\\[dDwWsSbB]|\\[pP]\{[^}]*\}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}/gi, " ");
  return (literal.replaceAll(/\\(.)/g, "$1").match(/[A-Za-z0-9 :/@=."'_-]+/g) ?? []).slice(0, 6);
}
