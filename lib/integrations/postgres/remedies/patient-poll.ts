import type { Context } from "#lib/integrations/postgres/remedies/ask.ts";

/** A poll that brought only a part, as from a machine that is busy, is made once more. */
export async function patientPoll(context: Context): ReturnType<Context["poll"]> {
  const first = await context.poll();
  const part =
    !first.ok || first.value.detail.nodes.some((node) => node.failure?.kind === "timeout" || node.unread.length > 0);
  return part ? await context.poll() : first;
}
