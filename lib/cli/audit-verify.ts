import { existsSync } from "node:fs";
import path from "node:path";
import { isSealedCut } from "#lib/access/audit-cut.ts";
import { auditHeadFile, readCheckpoints } from "#lib/access/audit-head.ts";
import { readKeys } from "#lib/access/keyring.ts";
import type { Surroundings } from "#lib/cli/surroundings.ts";
import { readEnv } from "#lib/config/env.ts";
import { type ArchiveReport, verifyArchive } from "#lib/store/audit-archive.ts";
import { type ChainReport, type VouchedHead, verifyAudit } from "#lib/store/audit-verify.ts";
import { migrateStore } from "#lib/store/migrate.ts";

export interface VerifyOptions {
  readonly json?: boolean;
  readonly head?: string;
  readonly archive?: string;
}

/** `pitwall audit verify`: 0 when every row of the audit log fits, 1 when one does not. */
export async function verify(
  surroundings: Surroundings,
  { json = false, head, archive }: VerifyOptions,
): Promise<number> {
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
  const folder = archive === undefined ? null : path.resolve(cwd, archive);
  if (folder !== null && !existsSync(folder)) {
    complain(`there is no folder ${folder}`);
    return 2;
  }
  await migrateStore(storeFile);
  const keys = readKeys(keysFile);
  const checkpoints = keys.ok ? readCheckpoints(auditHeadFile(dataFolder), keys.value) : null;
  const vouched = checkpoints?.good ?? [];
  const judge = (written: string | null) =>
    verifyAudit(storeFile, vouched, written, (cut) => !keys.ok || isSealedCut(keys.value, cut, cut.sealed));
  const { report, archived } = bothOf(judge, folder, vouched, head);
  const forged = checkpoints?.forged ?? [];
  const vouchedSeq = vouched.at(-1)?.seq ?? null;
  const good = report.broken === null && forged.length === 0 && (archived?.broken ?? null) === null;
  if (json) {
    say(JSON.stringify({ ok: good, ...report, vouchedSeq, forgedCheckpoints: forged, archive: archived }));
    return good ? 0 : 1;
  }
  for (const broken of [archived?.broken, report.broken])
    if (broken != null) complain(`row ${broken.seq} ${words[broken.kind]}: ${broken.why}`);
  for (const at of forged) complain(`line ${at} of ${auditHeadFile(dataFolder)} was not written by this installation`);
  if (!good) return 1;
  for (const line of goodWords(report, archived, keys.ok, vouchedSeq)) say(line);
  return 0;
}

/** The log, and before it what an archive holds of the rows that were cut off. A head that was written down is in one of them. */
function bothOf(
  judge: (written: string | null) => ChainReport,
  archive: string | null,
  vouched: readonly VouchedHead[],
  head: string | undefined,
): { readonly report: ChainReport; readonly archived: ArchiveReport | null } {
  if (archive === null) return { report: judge(head ?? null), archived: null };
  const { anchorSeq: upTo, anchorHash: hash } = judge(null);
  const archived = verifyArchive(archive, { upTo, hash }, vouched, head ?? null);
  return { report: judge(archived.found ? null : (head ?? null)), archived };
}

function goodWords(
  { rows, anchorSeq, headSeq, headHash }: ChainReport,
  archived: ArchiveReport | null,
  hasKeys: boolean,
  vouchedSeq: number | null,
): string[] {
  const cut = `; those up to row ${anchorSeq} were cut off${hasKeys ? "" : ", which nobody can vouch for without the keys"}`;
  return [
    ...(archived === null ? [] : [`${archived.rows} rows of the archive fit, from row ${archived.from}`]),
    `${rows} rows fit, up to row ${headSeq}${anchorSeq > 0 ? cut : ""}`,
    `head ${headHash}`,
    vouchedSeq === null ? "nothing outside the store vouches for its end" : `vouched for up to row ${vouchedSeq}`,
  ];
}

const words = {
  changed: "was changed",
  missing: "is missing",
  inserted: "was inserted",
  reordered: "is out of its place",
  "cut-off": "was cut off",
  rewritten: "was made anew",
} as const;
