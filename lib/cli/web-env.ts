const passedOn = /^(PATH|HOME|USER|LOGNAME|SHELL|TERM|TZ|TMPDIR|LANG|LC_.*|NO_COLOR|FORCE_COLOR|NODE_EXTRA_CA_CERTS)$/;

/**
 * The environment of the process that faces browsers. It holds nothing but what is named here: the secrets that
 * pitwall.yaml refers to by `env:NAME` are for the poller alone.
 */
export function webEnv(env: NodeJS.ProcessEnv, own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(
    (entry): entry is [string, string] => passedOn.test(entry[0]) && entry[1] !== undefined,
  );
  return { ...Object.fromEntries(kept), NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production", ...own };
}
