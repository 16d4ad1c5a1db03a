import type { Rule } from "#lib/core/rule.ts";
import type { PassengerDetail } from "#lib/integrations/passenger/detail.ts";

export const passengerRules: readonly Rule<PassengerDetail>[] = [];
