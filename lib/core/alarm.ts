/** What a run left behind on purpose or by misfortune, and that must not be forgotten: it is shown as a finding until it is cleared. */
export interface Alarm {
  /** Names it within the service: `fenced:pg-a`. */
  readonly key: string;
  readonly node: string | null;
  readonly severity: "warning" | "critical";
  /** `was left behind by a failover and is fenced off; rejoin it`. */
  readonly message: string;
  /** What its guard needs to know; plain words, no secrets. */
  readonly facts: Readonly<Record<string, string>>;
  /** The action that would end it. */
  readonly action?: { readonly id: string; readonly params: Readonly<Record<string, string>> };
}
