import http from "node:http";
import https from "node:https";

/** Whether a Pitwall of this machine says at that address that it lives. */
export function isLive(url: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { signal, agent: false } as const;
    // The certificate is of the name that people type, not of this address; nothing is sent and one bit is believed.
    const request = url.startsWith("https:")
      ? https.get(url, { ...options, rejectUnauthorized: false })
      : http.get(url, options);
    request.once("error", () => resolve(false));
    request.once("response", (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
  });
}
