import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { HaproxyConfig } from "#lib/integrations/haproxy/config.ts";
import type { HaproxyDetail } from "#lib/integrations/haproxy/detail.ts";
import type { HaproxyContext } from "#lib/integrations/haproxy/preflight.ts";
import type { Step } from "#lib/integrations/integration.ts";

/** One value of one process that can be set at run time: a server's state, its weight, whether its checks run. */
export interface Setting {
  /** `lb-1/learn/web-02/state`: under this name is remembered what was found. */
  readonly name: string;
  /** For a person: `the state of web-02 on lb-1`. */
  readonly words: string;
  readonly read: (context: HaproxyContext) => Promise<Result<string>>;
  readonly write: (value: string, context: HaproxyContext) => Promise<Result<null>>;
  /** Whether what was read counts as the value, where a process does not tell all. */
  readonly counts?: (read: string, value: string) => boolean;
}

export interface SettingStep extends Pick<Step, "id" | "title" | "does" | "timeoutMs" | "stands" | "group"> {
  readonly wanted: string;
}

type HaproxyStep = Step<HaproxyConfig, HaproxyDetail>;

/** Sets a value and reads it back; the way back leads to what was found, unless somebody changed it since. */
export function setStep(setting: Setting, { wanted, ...told }: SettingStep): HaproxyStep {
  return {
    ...told,
    async run(context) {
      const found = await setting.read(context);
      if (!found.ok) return found;
      await context.remember(setting.name, found.value);
      return await change(setting, wanted, context);
    },
    async probe(context) {
      const found = context.recall(setting.name);
      if (found === undefined) return ok({ stands: false, evidence: `${setting.words} was not touched` });
      const now = await setting.read(context);
      if (!now.ok) return now;
      const same = setting.counts ?? ((read, value) => read === value);
      const stands = same(now.value, wanted) && !same(found, wanted);
      return ok({ stands, evidence: `${setting.words} is ${now.value}` });
    },
    undo: (context) => putBack(setting, wanted, context),
  };
}

/** Ends what `setStep` did, as a step of its own: puts back what that one found. */
export function putBackStep(setting: Setting, told: SettingStep & { readonly ends: readonly string[] }): HaproxyStep {
  const { wanted, ...step } = told;
  return {
    ...step,
    run: (context) => putBack(setting, wanted, context),
    async probe(context) {
      const now = await setting.read(context);
      if (!now.ok) return now;
      return ok({ stands: now.value === context.recall(setting.name), evidence: `${setting.words} is ${now.value}` });
    },
  };
}

async function putBack(setting: Setting, wanted: string, context: HaproxyContext): Promise<Result<string>> {
  const found = context.recall(setting.name);
  if (found === undefined) return ok(`${setting.words} was not touched`);
  const now = await setting.read(context);
  if (!now.ok) return now;
  const same = setting.counts ?? ((read, value) => read === value);
  if (!same(now.value, wanted)) return ok(`${setting.words} is ${now.value} by now, and stays so`);
  if (found === "unknown") {
    return err(failure("command-failed", `${setting.words} was not told before, so it is not put back`));
  }
  return await change(setting, found, context);
}

/** HAProxy's reply alone proves nothing, so the value is read back. */
async function change(setting: Setting, value: string, context: HaproxyContext): Promise<Result<string>> {
  const written = await setting.write(value, context);
  if (!written.ok) return written;
  const now = await setting.read(context);
  // Whatever the reading failed by, the command was taken: it must not pass for one that never reached HAProxy.
  if (!now.ok) {
    const what = `HAProxy took the command for ${setting.words}, but then could not be read: ${now.error.what}`;
    return err(failure("cannot-see", what));
  }
  const same = setting.counts ?? ((read, wanted) => read === wanted);
  if (same(now.value, value)) return ok(`${setting.words} is ${now.value}`);
  return err(failure("command-failed", `HAProxy took the command, but ${setting.words} is ${now.value}, not ${value}`));
}
