import type { ReachConfig } from "#lib/config/model.ts";

/** What tests watch listens on loopback, which Pitwall asks only where it is allowed. */
export const onLoopback: ReachConfig = { allow: ["127.0.0.0/8", "::1"], deny: [] };
