import { sealCut } from "#lib/access/audit-cut.ts";
import type { Keyring } from "#lib/access/keyring.ts";
import type { AuditConfig } from "#lib/config/model.ts";
import type { Notices } from "#lib/poller/notices.ts";
import { archiveRows } from "#lib/store/audit-archive.ts";
import type { ChainedRow } from "#lib/store/audit-chain.ts";
import { cutAudit, oldestAuditAt, rowsToCut } from "#lib/store/audit-cut.ts";
import type { Store } from "#lib/store/open-store.ts";

/** Cuts off the rows of the audit log whose time is over, oldest first; what is left stays a chain that can be verified. */
export interface AuditRetention {
  /** One cut at most, some milliseconds of work. */
  readonly step: () => Promise<void>;
}

export interface AuditRetentionParts {
  readonly store: Pick<Store, "history" | "write">;
  readonly keyring: Keyring;
  readonly kept: () => AuditConfig;
  readonly notices: Notices;
  readonly now: () => number;
}

/** One transaction takes no more, so that nobody waits for it. */
const rowsAtOnce = 1_000;
/** A cut is a row as well: rows may be so much older than they must be, and then go together. */
const graceMs = 86_400_000;

export function createAuditRetention({ store, keyring, kept, notices, now }: AuditRetentionParts): AuditRetention {
  let going = false;

  /** Where they were written to; `null` when nobody wants them, `undefined` when they cannot be written. */
  function archived(rows: readonly ChainedRow[], folder: string | null): string | null | undefined {
    if (folder === null) return null;
    try {
      const file = archiveRows(folder, rows);
      notices.clear("audit-archive");
      return file;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      const why = `old rows of the audit log stay where they are: the archive ${folder} cannot be written (${code})`;
      notices.set("audit-archive", why, now());
      return undefined;
    }
  }

  return {
    step: async () => {
      const { keepMs, archiveFolder } = kept();
      const before = now() - keepMs;
      const oldest = oldestAuditAt(store.history);
      if (oldest === null || oldest >= before - (going ? 0 : graceMs)) {
        going = false;
        return;
      }
      const rows = rowsToCut(store.history, before, rowsAtOnce);
      going = rows.length === rowsAtOnce;
      const last = rows.at(-1);
      const keys = keyring.keys();
      if (last?.hash == null || !keys.ok) return;
      const archive = archived(rows, archiveFolder);
      if (archive === undefined) return;
      const cut = { upTo: last.id, hash: last.hash };
      const told = { ...cut, rows: rows.length, before, archive, sealed: sealCut(keys.value, cut) };
      await store.write((writing) => cutAudit(writing, told, now()));
    },
  };
}
