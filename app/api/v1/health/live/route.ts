import { json, storeless } from "../../_http/endpoint.ts";

/** This process answers. It says nothing of the poller: that is `ready`. */
export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = storeless("/api/v1/health/live", () => json({ live: true }));
