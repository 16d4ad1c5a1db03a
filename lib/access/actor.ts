/** Who asks. Every command takes one; the audit log names it. */
export interface Actor {
  readonly kind: "person" | "token" | "system";
  readonly name: string;
  /** Remote address, where there is one. */
  readonly from: string | null;
}
