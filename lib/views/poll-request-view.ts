import { err, ok, type Result } from "#lib/core/result.ts";
import type { Store } from "#lib/store/open-store.ts";
import { findPollRequest, type PollRequestRow } from "#lib/store/poll-requests.ts";
import type { Refusal } from "#lib/wire/problem.ts";

/** How far a requested poll is: waiting, claimed, or finished with the number of services polled. */
export async function pollRequestView(store: Store, id: string): Promise<Result<PollRequestRow, Refusal>> {
  return await store.read(async (reading) => {
    const request = await findPollRequest(reading, id);
    return request === null ? err({ code: "not-found", detail: "There is no such poll request" }) : ok(request);
  });
}
