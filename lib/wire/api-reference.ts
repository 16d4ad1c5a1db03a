/** One value that goes in or comes out, as a line of a table: `scope.kind`, `"role" | "door"`. */
export interface ApiField {
  /** With its path where it lies deeper: `grants[].role`. */
  readonly name: string;
  /** What it may be, in words. A word that is a shape's name stands in `shapes`. */
  readonly type: string;
  readonly required: boolean;
  /** Bounds and default, in words; empty when there are none. */
  readonly about: string;
}

/** Where a parameter of a request stands. */
export interface ApiParameter extends ApiField {
  readonly place: "path" | "query" | "header";
}

export interface ApiAnswer {
  readonly status: string;
  /** What an answer is, or the codes of a refusal. */
  readonly about: string;
  /** Media type and shape: `application/json`, `Board`. */
  readonly media: string;
  readonly shape: string;
  readonly fields: readonly ApiField[];
}

/** One method of one address. */
export interface ApiDoor {
  /** Of its place on the page: `post-runs`. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  /** `Needs the role viewer.` */
  readonly needs: string;
  readonly parameters: readonly ApiParameter[];
  readonly body: readonly ApiField[];
  readonly answers: readonly ApiAnswer[];
  readonly refusals: readonly ApiAnswer[];
  /** A command that asks it, with `$PITWALL_URL` and `$PITWALL_TOKEN` to fill in. */
  readonly example: string;
}

/** A shape that occurs in many answers. */
export interface ApiShape {
  readonly name: string;
  readonly fields: readonly ApiField[];
}

/** The API for people to read: made of the OpenAPI document, which is made of the doors themselves. */
export interface ApiReference {
  readonly version: string;
  readonly groups: readonly { readonly title: string; readonly doors: readonly ApiDoor[] }[];
  readonly shapes: readonly ApiShape[];
}
