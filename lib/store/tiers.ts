/** How fine history is: polls as they were, then what they were rolled up to. With the number under which the store has it. */
export const tiers = { polls: 0, minutes: 1, hours: 2 } as const;
export type Tier = keyof typeof tiers;
