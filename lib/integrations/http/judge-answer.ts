import { foreignLine } from "#lib/core/foreign-text.ts";
import type { HttpConfig } from "#lib/integrations/http/config.ts";
import type { HttpBlame, HttpExpectation, HttpTargetCertificate } from "#lib/integrations/http/detail.ts";
import { compilePattern, valueAt } from "#lib/integrations/http/match.ts";

/** What an answer is judged by. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly certificate: HttpTargetCertificate | null;
}

interface Expectation {
  readonly expected: string;
  /** `null` when it is met; else what was seen instead. */
  readonly judge: (answer: Answer) => string | null;
}

/** Characters of a body that expressions look at, so that one huge page cannot hold up the poller. */
const searchedChars = 262_144;

/** Every expectation that the answer does not meet, with the value that was seen. Pure. */
export function unmet(config: HttpConfig, answer: Answer): HttpExpectation[] {
  return expectationsOf(config).flatMap(({ expected, judge }) => {
    const got = judge(answer);
    return got === null ? [] : [{ expected, got }];
  });
}

/** The expectations of a check in words, in the order they are tried. */
export function expectationWords(config: HttpConfig): string[] {
  return expectationsOf(config).map((expectation) => expectation.expected);
}

/** What a JSON body blames for its trouble, by the declared dependencies. A part that is not there blames nobody. */
export function blamesOf(config: HttpConfig, body: string): HttpBlame[] {
  return config.dependencies.flatMap(({ path, service, healthy }) => {
    const value = valueAt(body, path);
    if (value === undefined || healthy.some((good) => good === value)) return [];
    return [{ service, path, got: short(value) }];
  });
}

function expectationsOf({ expect }: HttpConfig): Expectation[] {
  const { contains, matches, json } = expect.body ?? {};
  return [
    statusExpectation(expect.status),
    ...(contains === undefined ? [] : [containsExpectation(contains)]),
    ...(matches === undefined ? [] : [matchesExpectation(matches)]),
    ...(json === undefined ? [] : [jsonExpectation(json.path, json.equals)]),
    ...(expect.certificateDays === undefined ? [] : [certificateExpectation(expect.certificateDays)]),
  ];
}

function statusExpectation(wanted: HttpConfig["expect"]["status"]): Expectation {
  const all = Array.isArray(wanted) ? wanted : [wanted];
  return {
    expected: `status ${all.join(", ")}`,
    judge: ({ status }) => (all.some((each) => statusMatches(status, each)) ? null : String(status)),
  };
}

function statusMatches(status: number, wanted: number | string): boolean {
  return typeof wanted === "number" ? status === wanted : Math.floor(status / 100) === Number(wanted[0]);
}

function containsExpectation(text: string): Expectation {
  return {
    expected: `body with "${foreignLine(text, 80)}"`,
    judge: ({ body }) => (body.includes(text) ? null : bodyWords(body)),
  };
}

function matchesExpectation(pattern: string): Expectation {
  const compiled = compilePattern(pattern);
  return {
    expected: `body like /${foreignLine(pattern, 80)}/`,
    judge: ({ body }) => {
      if (!compiled.ok) return `a pattern that does not compile: ${compiled.error}`;
      return compiled.value.matcher(body.slice(0, searchedChars)).find() ? null : bodyWords(body);
    },
  };
}

function jsonExpectation(path: string, equals: string | number | boolean | null): Expectation {
  return {
    expected: `${path} = ${JSON.stringify(equals)}`,
    judge: ({ body }) => {
      const value = valueAt(body, path);
      if (value === equals) return null;
      return value === undefined ? `nothing there in ${bodyWords(body)}` : short(value);
    },
  };
}

function certificateExpectation(days: number): Expectation {
  return {
    expected: `certificate for ${days} days`,
    judge: ({ certificate }) => {
      if (certificate === null) return "no certificate";
      return certificate.daysLeft >= days ? null : `${Math.floor(certificate.daysLeft)} days left`;
    },
  };
}

function bodyWords(body: string): string {
  const start = foreignLine(body, 80);
  return start === "" ? "an empty body" : `"${start}"`;
}

function short(value: unknown): string {
  return foreignLine(JSON.stringify(value), 80);
}
