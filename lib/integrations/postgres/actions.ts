import type { PostgresAction } from "#lib/integrations/postgres/remedies/ask.ts";
import { dropSlot } from "#lib/integrations/postgres/remedies/drop-slot.ts";
import { cancelOld, terminateOld } from "#lib/integrations/postgres/remedies/end-old-sessions.ts";
import { cancelQuery, terminateSession } from "#lib/integrations/postgres/remedies/end-session.ts";
import { failover } from "#lib/integrations/postgres/remedies/failover.ts";
import { rejoin } from "#lib/integrations/postgres/remedies/rejoin.ts";
import { resumePooler } from "#lib/integrations/postgres/remedies/resume-pooler.ts";
import { resumeReplay } from "#lib/integrations/postgres/remedies/resume-replay.ts";
import { switchover } from "#lib/integrations/postgres/remedies/switchover.ts";

/** Remedies of the kind, mildest first. */
export const actions: readonly PostgresAction[] = [
  resumeReplay,
  resumePooler,
  cancelQuery,
  terminateSession,
  cancelOld,
  terminateOld,
  dropSlot,
  switchover,
  failover,
  rejoin,
];
