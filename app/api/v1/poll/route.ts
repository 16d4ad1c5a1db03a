import { requestPoll } from "#lib/commands/request-poll.ts";
import { endpoints } from "../_http/endpoint.ts";
import { pollAnswer } from "../_http/poll-answer.ts";
import { problemOf } from "../_http/problem.ts";

/** Polls all services now: for a cron or another scheduler. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/poll", {
  POST: async (call) => {
    const requested = await requestPoll(call.store, call.actor, { serviceId: null }, call.now);
    return requested.ok ? pollAnswer(call, requested.value.id) : problemOf(requested.error);
  },
});
