import { join } from "node:path";

/** The store within the data folder. SQLite keeps `-wal` and `-shm` beside it. */
export function storeFile(dataFolder: string): string {
  return join(dataFolder, "pitwall.db");
}
