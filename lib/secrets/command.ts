import { z } from "zod";
import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import { duration } from "#lib/integrations/fields.ts";
import { maxSecretBytes, type ProviderWays, providerKind, type ReadSecret } from "#lib/secrets/provider.ts";

const config = z.strictObject({
  commands: z
    .record(z.string().regex(/^[A-Za-z0-9_.-]{1,64}$/), z.array(z.string().min(1)).min(1))
    .describe(
      "By the name that references use: program and arguments, without a shell. It prints the secret alone. Arguments are seen by everybody on the machine, so none may be a secret.",
    ),
  env: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/))
    .default([])
    .describe("Variables it gets beside PATH, HOME, USER, LANG and TZ; of Pitwall's others it sees none."),
  timeout: duration.prefault("5s").describe("Deadline; then it is ended with all that it started."),
  refresh: duration.prefault("5min").describe("How often it is asked again."),
});

type Config = z.infer<typeof config>;

/** A program that prints a secret, such as `pass`, `op` or a script of one's own. */
export const command = providerKind({
  kind: "command",
  about: "A program that prints the secret: `pass`, `op`, `gopass`, or one of your own.",
  config,
  locator: "the name of one of its commands, like pg-password",
  complaint: ({ commands }: Config, locator) => {
    if (Object.hasOwn(commands, locator)) return null;
    return `none of its commands has that name; there are ${Object.keys(commands).join(", ") || "none"}`;
  },
  needs: () => [],
  refreshMs: ({ refresh }) => refresh,
  open: (given, ways) => ({ read: (locator, signal) => ask(given, ways, locator, signal) }),
});

async function ask(
  { commands, env, timeout }: Config,
  ways: ProviderWays,
  name: string,
  signal: AbortSignal,
): Promise<Result<ReadSecret>> {
  const argv = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (argv === undefined) return err(failure("secret-missing", `no command is named ${name}`));
  const passed = env.flatMap((variable) => {
    const value = ways.env[variable];
    return value === undefined ? [] : [[variable, value]];
  });
  const answer = await ways.ssh.run("local", {
    argv: argv as [string, ...string[]],
    env: Object.fromEntries(passed),
    timeoutMs: timeout,
    maxBytes: maxSecretBytes,
    signal,
  });
  // Whatever it printed may hold the secret, so none of it is repeated.
  if (!answer.ok) return err(failure(answer.error.kind, withoutWords(argv[0] ?? "", answer.error.kind)));
  const { exitCode, stdout, droppedBytes } = answer.value;
  if (exitCode !== 0) {
    return err(failure("secret-missing", `${argv[0]} for ${name} ended with ${exitCode ?? answer.value.signal}`));
  }
  if (droppedBytes > 0) return err(failure("too-large", `${argv[0]} for ${name} printed over 64 kB`));
  const value = stdout.replace(/\r?\n$/, "");
  return value === ""
    ? err(failure("secret-missing", `${argv[0]} for ${name} printed nothing`))
    : ok({ value, goodForMs: null });
}

function withoutWords(program: string, kind: string): string {
  switch (kind) {
    case "timeout":
      return `${program} did not end in time`;
    case "command-not-found":
      return `${program} is not installed here`;
    case "forbidden":
      return `${program} may not be run by this user`;
    default:
      return `${program} could not be run (${kind})`;
  }
}
