/** What one reader keeps, and what it begins with. Made once, beside that reader. */
export interface KeptKey<Value> {
  readonly empty: Value;
}

/**
 * Rows of the board as they were last read in this process, so that the next reader fetches and parses only what was
 * written since. Readers come one after the other, so what is kept never runs ahead of a reader's own cut.
 */
export class Kept {
  readonly #values = new Map<KeptKey<unknown>, unknown>();

  get<Value>(key: KeptKey<Value>): Value {
    return (this.#values.get(key) as Value | undefined) ?? key.empty;
  }

  set<Value>(key: KeptKey<Value>, value: Value): void {
    this.#values.set(key, value);
  }
}
