/** What one section does: it says what went wrong, and asks for a fresh proof where one is needed. */
export type Attempt = (work: () => Promise<unknown>) => Promise<boolean>;
