import { createServer } from "node:http";
import { dropPrivileges } from "#e2e/lab/owner.ts";

/** A small full-text search over a few sentences, answering in the shape of Elasticsearch. Arguments: lab folder, address, port. */
const [, , , address = "127.0.0.1", port = "9200"] = process.argv;

const texts = [
  "The pit wall sees every car, every lap and every sensor.",
  "A slow stop in the pit lane costs more than a slow lap.",
  "The engineer reads the tyre temperature before the driver feels it.",
  "A red flag stops the race, a yellow flag slows it down.",
  "Every lap leaves a trace, every trace tells a story.",
  "The radio message was short: box, box, box.",
  "Rain is coming, and the track is drying on the other side.",
  "Fuel, tyres and patience decide the last ten laps.",
  "The driver asked for a gap, and the wall gave a number.",
  "A good strategy is a plan with three ways out of it.",
];

function words(text: string): string[] {
  return text.toLowerCase().match(/[a-z]+/g) ?? [];
}

const index = new Map<string, Set<number>>();
for (const [id, text] of texts.entries()) {
  for (const word of words(text)) index.set(word, (index.get(word) ?? new Set()).add(id));
}

function find(query: string): { id: number; score: number }[] {
  const scores = new Map<number, number>();
  for (const word of words(query)) {
    const ids = index.get(word) ?? new Set<number>();
    for (const id of ids) scores.set(id, (scores.get(id) ?? 0) + Math.log(1 + texts.length / ids.size));
  }
  return [...scores].map(([id, score]) => ({ id, score })).sort((a, b) => b.score - a.score);
}

function reply(url: URL): { status: number; body: unknown } {
  if (url.pathname === "/_cluster/health") {
    return {
      status: 200,
      body: {
        cluster_name: "lab",
        status: "green",
        timed_out: false,
        number_of_nodes: 1,
        active_shards_percent_as_number: 100,
      },
    };
  }
  if (url.pathname === "/_search") {
    const found = find(url.searchParams.get("q") ?? "");
    const hits = found
      .slice(0, 5)
      .map(({ id, score }) => ({ _id: String(id), _score: score, _source: { text: texts[id] } }));
    return { status: 200, body: { timed_out: false, hits: { total: { value: found.length, relation: "eq" }, hits } } };
  }
  return { status: 404, body: { error: `no handler found for uri [${url.pathname}]` } };
}

const server = createServer((request, response) => {
  const { status, body } = reply(new URL(request.url ?? "/", "http://search.lab"));
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
});
dropPrivileges();
server.listen(Number(port), address);
process.once("SIGTERM", () => process.exit(0));
