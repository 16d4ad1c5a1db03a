import { exportAudit } from "#lib/commands/export-audit.ts";
import { auditExport } from "#lib/views/audit-export.ts";
import { endpoints } from "../../_http/endpoint.ts";
import { problemOf } from "../../_http/problem.ts";

const types = {
  csv: "text/csv; charset=utf-8",
  json: "application/json; charset=utf-8",
  jsonl: "application/jsonl; charset=utf-8",
} as const;

/** The audit log as a file, in pieces as fast as they are taken. A POST: that it was taken is audited. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = endpoints("/api/v1/audit/export", {
  POST: async ({ store, actor, body, now }) => {
    const noted = await exportAudit(store, actor, body, now);
    if (!noted.ok) return problemOf(noted.error);
    const day = new Date(now).toISOString().slice(0, 10);
    return new Response(streamed(auditExport(store, body, noted.value.upTo)), {
      headers: {
        "content-type": types[body.format],
        "content-disposition": `attachment; filename="pitwall-audit-${day}.${body.format}"`,
        "cache-control": "no-store",
      },
    });
  },
});

/** The next piece is made when the one before was taken. */
function streamed(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    pull: async (controller) => {
      const { value, done } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: async () => {
      await pieces.return(undefined);
    },
  });
}
