/** From the least to the most: each may what those before it may. */
export const roles = ["viewer", "responder", "operator", "admin"] as const;
export type Role = (typeof roles)[number];
