import { type Figure, figure, percentile } from "#e2e/bench/figure.ts";
import type { Finding } from "#lib/core/finding.ts";
import { findTroubles, type Suspect } from "#lib/core/root-cause.ts";

const [services, edges, red] = [1_000, 5_000, 300];
const rounds = 200;

/** How long it takes to sort a large outage into its roots. */
export async function figures(): Promise<Figure[]> {
  const fleet = outage(20_261_120);
  const walk = timesOf(() => walkOnce(fleet));
  const yardstick = { name: "one walk over the same graph", value: percentile(walk, 0.5), unit: "ms" };
  const cases = [
    ["one outage at random places", fleet],
    ["every search in vain", apart(fleet)],
    ["layers over one root", layered()],
  ] as const;
  return cases.map(([name, scene]) =>
    figure({
      name: `root cause of ${services} services, ${edges} edges, ${red} red: ${name}, p95`,
      value: percentile(
        timesOf(() => findTroubles(scene)),
        0.95,
      ),
      unit: "ms",
      aim: 10,
      yardstick,
    }),
  );
}

/** The same numbers at each call. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function outage(seed: number): Suspect[] {
  const random = randomOf(seed);
  const upstream = Array.from({ length: services }, () => new Set<number>());
  for (let made = 0; made < edges; ) {
    const from = Math.floor(random() * services);
    const to = Math.floor(random() * services);
    if (from === to || upstream[from]?.has(to) === true) continue;
    upstream[from]?.add(to);
    made += 1;
  }
  const order = Array.from({ length: services }, (_, at) => ({ at, by: random() })).sort((a, b) => a.by - b.by);
  const troubled = new Set(order.slice(0, red).map(({ at }) => at));
  return upstream.map((to, at) => suspect(at, [...to], troubled.has(at), Math.floor(random() * 60_000)));
}

/** A hundred services on each of ten layers, each leaning on five of the layer below; three layers are red. */
function layered(): Suspect[] {
  return Array.from({ length: services }, (_, at) => {
    const below = Math.floor(at / 100) - 1;
    const to = below < 0 ? [] : Array.from({ length: 5 }, (_each, step) => below * 100 + ((at + step * 7) % 100));
    return suspect(at, to, at < red, at);
  });
}

function suspect(at: number, dependsOn: readonly number[], troubled: boolean, since: number): Suspect {
  const nodes = ["a", "b", "c"].map((node) => `${node}${at % 40}`);
  return {
    id: `service-${at}`,
    status: troubled ? "critical" : "ok",
    since,
    dependsOn: dependsOn.map((to) => `service-${to}`),
    nodes,
    findings: troubled
      ? nodes.map((node): Finding => ({ rule: "down", severity: "critical", node, message: `${node}: down` }))
      : [],
  };
}

/** All run on the same machines and each is in trouble on one of its own, so none explains another. */
function apart(scene: readonly Suspect[]): Suspect[] {
  return scene.map((one) => ({
    ...one,
    nodes: ["everywhere", one.id],
    findings: one.findings.slice(0, 1).map((finding) => ({ ...finding, node: one.id })),
  }));
}

/** The least that any answer costs: each service and each edge looked at once. */
function walkOnce(scene: readonly Suspect[]): number {
  const byId = new Map(scene.map((one) => [one.id, one]));
  let troubled = 0;
  for (const { dependsOn } of scene) {
    for (const id of dependsOn) troubled += byId.get(id)?.status === "critical" ? 1 : 0;
  }
  return troubled;
}

/** Milliseconds of each round, once the engine has warmed up. */
function timesOf(work: () => unknown): number[] {
  for (let warm = 0; warm < 20; warm += 1) work();
  return Array.from({ length: rounds }, () => {
    const from = performance.now();
    work();
    return performance.now() - from;
  });
}
