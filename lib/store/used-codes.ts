import { createHash } from "node:crypto";
import type { History, Writing } from "#lib/store/writing.ts";

/** An authenticator's code is taken for the time it is shown, and a little before and after. */
const takenForMs = 5 * 60_000;

/** Notes that the code of an account was taken; `false` when it was before, within its time. */
export async function takeCode({ db }: Writing, email: string, code: string, now: number): Promise<boolean> {
  await db.usedCode.deleteMany({ where: { usedAt: { lt: new Date(now - takenForMs) } } });
  const id = idOf(email, code);
  const { count } = await db.usedCode.updateMany({ where: { id }, data: { usedAt: new Date(now) } });
  if (count > 0) return false;
  await db.usedCode.create({ data: { id, usedAt: new Date(now) } });
  return true;
}

/** Whether it was taken already, as far as it is committed. */
export function wasCodeTaken({ past }: Pick<History, "past">, email: string, code: string): boolean {
  return past.prepare(`SELECT 1 FROM "UsedCode" WHERE "id" = ?`).get(idOf(email, code)) !== undefined;
}

function idOf(email: string, code: string): string {
  return createHash("sha256").update(`${email} ${code}`, "utf8").digest("hex");
}
