import { existsSync } from "node:fs";
import Database from "better-sqlite3";
import { err, ok, type Result } from "#lib/core/result.ts";

/**
 * Copies the store of `file` into one new file, whole and as of one moment, while Pitwall goes on writing (`VACUUM INTO`,
 * SQLite manual). The error is a sentence.
 */
export function backUp(file: string, copy: string): Result<void, string> {
  if (existsSync(copy)) return err(`${copy} is there already; a copy is never written over another`);
  const database = new Database(file, { readonly: true, fileMustExist: true });
  try {
    database.prepare("VACUUM INTO ?").run(copy);
    return ok(undefined);
  } catch (cause) {
    return err(`${copy} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`);
  } finally {
    database.close();
  }
}
