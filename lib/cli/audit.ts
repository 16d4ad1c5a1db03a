import { existsSync } from "node:fs";
import { auditHeadFile, readCheckpoints } from "#lib/access/audit-head.ts";
import { readKeys } from "#lib/access/keyring.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { readEnv } from "#lib/config/env.ts";
import { verifyAudit } from "#lib/store/audit-verify.ts";
import { migrateStore } from "#lib/store/migrate.ts";

export interface VerifyOptions {
  readonly json?: boolean;
  readonly head?: string;
}

/** `pitwall audit verify`: 0 when every row of the audit log fits, 1 when one does not. */
export async function verify(surroundings: Surroundings, { json = false, head }: VerifyOptions): Promise<number> {
  const { env, cwd, say, complain } = surroundings;
  const parsed = readEnv(env, cwd);
  if (!parsed.ok) {
    for (const why of parsed.error) complain(why);
    return 1;
  }
  const { storeFile, dataFolder, keysFile } = parsed.value;
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head)) {
    complain("--head is a hash of 64 hexadecimal digits");
    return 2;
  }
  if (!existsSync(storeFile)) {
    complain(`there is no store ${storeFile} yet; it is made at the first start`);
    return 1;
  }
  await migrateStore(storeFile);
  const keys = readKeys(keysFile);
  const checkpoints = keys.ok ? readCheckpoints(auditHeadFile(dataFolder), keys.value) : null;
  const report = verifyAudit(storeFile, checkpoints?.good ?? [], head ?? null);
  const forged = checkpoints?.forged ?? [];
  const vouchedSeq = checkpoints?.good.at(-1)?.seq ?? null;
  const good = report.broken === null && forged.length === 0;
  if (json) {
    say(JSON.stringify({ ok: good, ...report, vouchedSeq, forgedCheckpoints: forged }));
    return good ? 0 : 1;
  }
  const { broken, anchorSeq, headSeq, headHash } = report;
  if (broken !== null) complain(`row ${broken.seq} ${words[broken.kind]}: ${broken.why}`);
  for (const at of forged) complain(`line ${at} of ${auditHeadFile(dataFolder)} was not written by this installation`);
  if (!good) return 1;
  say(
    `${report.rows} rows fit, up to row ${headSeq}${anchorSeq > 0 ? `; those up to row ${anchorSeq} were pruned` : ""}`,
  );
  say(`head ${headHash}`);
  say(vouchedSeq === null ? "nothing outside the store vouches for its end" : `vouched for up to row ${vouchedSeq}`);
  return 0;
}

const words = {
  changed: "was changed",
  missing: "is missing",
  inserted: "was inserted",
  reordered: "is out of its place",
  "cut-off": "was cut off",
  rewritten: "was made anew",
} as const;
