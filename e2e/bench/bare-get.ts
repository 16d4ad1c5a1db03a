import http from "node:http";

/**
 * A process: the yardstick. Asks as many addresses at the same beat as a poller, by a bare `http.get` without an agent,
 * reads each answer to its end, and does nothing with it. Arguments: the beat in milliseconds, then the addresses.
 */
const [beat, ...urls] = process.argv.slice(2);
const intervalMs = Number(beat);

urls.forEach((url, at) => {
  setTimeout(
    () => {
      ask(url);
      setInterval(ask, intervalMs, url);
    },
    (intervalMs * at) / urls.length,
  );
});

function ask(url: string): void {
  http.get(url, { agent: false }, (response) => response.resume()).on("error", () => undefined);
}
