import type { Lab } from "#e2e/lab/layout.ts";

/** One way to break the lab. Each side can be called again and again, and says in a sentence what it did. */
export interface Fault {
  /** What it does and what is to be seen then, in a sentence. */
  readonly does: string;
  readonly isOn: (lab: Lab) => Promise<boolean>;
  readonly break: (lab: Lab) => Promise<string>;
  readonly heal: (lab: Lab) => Promise<string>;
}
