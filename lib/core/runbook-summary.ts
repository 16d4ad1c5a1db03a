import type { SeenCheck } from "#lib/core/runbook-marks.ts";
import type { StepTold } from "#lib/core/runbook-told.ts";

/** What a summary is made of: the log of a following, and how the steps stand at its end. */
export interface SummaryGiven {
  readonly title: string;
  readonly service: string;
  readonly log: readonly {
    readonly at: number;
    readonly kind: string;
    readonly by: string;
    readonly step: string | null;
    readonly title: string | null;
    readonly word: string | null;
    readonly note: string | null;
    readonly runId: string | null;
    readonly seen: readonly SeenCheck[];
  }[];
  readonly runs: ReadonlyMap<string, { readonly title: string; readonly words: string }>;
  readonly steps: readonly StepTold[];
  /** Writes a time of day as the reader's clock does. */
  readonly clock: (at: number) => string;
}

const longest = 1_900;

/** A draft of what is written into the incident: what each check said, what was done, by whom. A person may change it. Pure. */
export function summaryOf({ title, service, log, runs, steps, clock }: SummaryGiven): string {
  const lines: string[] = [];
  const told = new Map<string, string>();
  const tell = (at: string, checks: readonly SeenCheck[]) => {
    for (const { step, title: asked, answer, words } of checks) {
      if (told.get(step) === answer || answer === "unknown") continue;
      told.set(step, answer);
      lines.push(`${at}${asked} ${answer}${words.length === 0 ? "" : `: ${words[0]}`}`);
    }
  };
  for (const { at, kind, by, title: step, word, note, runId, seen } of log) {
    const time = `${clock(at)} `;
    tell(time, seen);
    const run = runId === null ? undefined : runs.get(runId);
    const asides = note === null || note === "" ? "" : ` (${note})`;
    if (kind === "ran") lines.push(`${time}${run?.title ?? step ?? "Run"}: ${run?.words ?? "started"} · ${by}`);
    else if (kind === "ticked") lines.push(`${time}Done by hand: ${step}${asides} · ${by}`);
    else if (kind === "skipped") lines.push(`${time}Passed by: ${step}${asides} · ${by}`);
    else if (kind === "answered") lines.push(`${time}${step} ${word}, says ${by}${asides}`);
    else if (kind === "chose") lines.push(`${time}${step} ${wayOf(steps, step, word)}${asides} · ${by}`);
  }
  tell("", endOf(steps));
  return cut([`Runbook “${title}” for ${service}`, ...lines]);
}

function wayOf(steps: readonly StepTold[], title: string | null, key: string | null): string {
  const step = flat(steps).find((each) => each.title === title);
  return step?.branches.find((branch) => branch.key === key)?.title ?? key ?? "";
}

/** What the checks on the way say at the end. */
function endOf(steps: readonly StepTold[]): SeenCheck[] {
  return flat(steps).flatMap(({ id, title, kind, place, answer }) => {
    if (kind !== "check" || place !== "passed" || answer === null || answer.earlier !== null) return [];
    const words = answer.evidence.map((each) => each.words);
    return [{ step: id, title, answer: answer.answer, words }];
  });
}

function flat(steps: readonly StepTold[]): StepTold[] {
  return steps.flatMap((step) => [step, ...step.branches.flatMap((branch) => flat(branch.steps))]);
}

/** A comment has its bound: what comes last matters most, so the middle goes. */
function cut(lines: readonly string[]): string {
  const whole = lines.join("\n");
  if (whole.length <= longest) return whole;
  const [head = "", ...rest] = lines;
  const kept: string[] = [];
  let length = head.length + 40;
  for (const line of rest.toReversed()) {
    length += line.length + 1;
    if (length > longest) break;
    kept.unshift(line);
  }
  return [head, `… ${rest.length - kept.length} lines before these`, ...kept].join("\n");
}
