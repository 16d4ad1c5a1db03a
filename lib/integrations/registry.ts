import type { Integration } from "#lib/integrations/integration.ts";

/** All kinds. A new one is its folder and one line here. */
export const registry: Readonly<Record<string, Integration>> = {};
