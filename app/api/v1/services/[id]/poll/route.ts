import { requestPoll } from "#lib/commands/request-poll.ts";
import { endpoints } from "../../../_http/endpoint.ts";
import { pollAnswer } from "../../../_http/poll-answer.ts";
import { problemOf } from "../../../_http/problem.ts";

/** Polls one service now. Answers with what was found, or 202 when that takes longer than ten seconds. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/services/[id]/poll", {
  POST: async (call) => {
    const requested = await requestPoll(call.store, call.actor, { serviceId: call.params.id }, call.now);
    return requested.ok ? pollAnswer(call, requested.value.id) : problemOf(requested.error);
  },
});
