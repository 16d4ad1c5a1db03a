import type { FuzzTarget } from "#e2e/fuzz/target.ts";
import { commandTargets } from "#e2e/fuzz/targets/command.ts";
import { haproxyTargets } from "#e2e/fuzz/targets/haproxy.ts";
import { httpTargets } from "#e2e/fuzz/targets/http.ts";
import { passengerTargets } from "#e2e/fuzz/targets/passenger.ts";
import { pitwallTargets } from "#e2e/fuzz/targets/pitwall.ts";
import { postgresTargets } from "#e2e/fuzz/targets/postgres.ts";

/** Every parser of bytes that Pitwall did not write itself. */
export const fuzzTargets: readonly FuzzTarget[] = [
  ...haproxyTargets,
  ...passengerTargets,
  ...postgresTargets,
  ...httpTargets,
  ...commandTargets,
  ...pitwallTargets,
];
