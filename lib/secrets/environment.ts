import { z } from "zod";
import { failure } from "#lib/core/failure.ts";
import { err, ok } from "#lib/core/result.ts";
import { providerKind } from "#lib/secrets/provider.ts";

const config = z.strictObject({
  prefix: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the beginning of a variable's name")
    .default("PITWALL_")
    .describe("What the names of the variables begin with; a reference leaves it out."),
});

/** Variables of the poller's environment that share a beginning. */
export const environment = providerKind({
  kind: "environment",
  about: "Variables of the environment that begin alike.",
  config,
  locator: "the rest of a variable's name, like PG_PASSWORD",
  complaint: (_, locator) =>
    /^[A-Za-z0-9_]+$/.test(locator) ? null : "expected the rest of a variable's name, of letters, digits and _",
  needs: () => [],
  refreshMs: () => Number.POSITIVE_INFINITY,
  open: ({ prefix }: z.infer<typeof config>, { env }) => ({
    read: async (locator) => {
      const value = env[prefix + locator]?.replace(/\r?\n$/, "");
      if (value) return ok({ value, goodForMs: null });
      const why = value === "" ? "is empty" : "is not set";
      return err(failure("secret-missing", `the environment variable ${prefix}${locator} ${why}`));
    },
  }),
});
