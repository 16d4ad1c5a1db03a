import { listAuditBy } from "#lib/store/audit.ts";
import type { Reading } from "#lib/store/open-store.ts";
import type { PollerDto } from "#lib/wire/board.ts";

/** How long the board shows that somebody changed accounts past the door of signing in. */
const shownMs = 24 * 3_600_000;

const done: Readonly<Record<string, string>> = {
  "invite-person": "made an account",
  "reset-person": "reset how somebody signs in",
  "disable-person": "closed an account",
  "enable-person": "opened a closed account again",
};

/** Accounts that were changed at the machine itself, by its command line: everybody should know, and somebody should ask why. */
export async function breakGlassNotices(reading: Reading, now: number): Promise<PollerDto["notices"]> {
  const entries = await listAuditBy(reading, {
    actorName: "command line",
    commands: Object.keys(done),
    from: now - shownMs,
  });
  return entries.map(({ at, command }) => ({
    kind: "break-glass",
    message: `Somebody at the machine itself ${done[command] ?? "changed an account"}; the audit log says whose`,
    since: at,
  }));
}
