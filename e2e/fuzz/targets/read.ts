import { readFileSync } from "node:fs";
import path from "node:path";

const kinds = path.join(import.meta.dirname, "../../../lib/integrations");

/** A recorded answer of a kind's fixtures. */
export function recorded(kind: string, file: string): Buffer {
  return readFileSync(path.join(kinds, kind, "fixtures", file));
}
