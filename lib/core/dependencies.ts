import type { FoundDependency } from "#lib/core/subject.ts";

/** What a service offers others to lean on, and what it leans on itself, as plain values. */
export interface Endpoints {
  readonly provides: readonly Provision[];
  readonly uses: readonly Use[];
}

export interface Provision {
  /** Where it answers: `10.0.0.5:5432`. */
  readonly address?: string;
  /** The machine it runs on, where its port is not known: an entry under `hosts`, or an address. */
  readonly machine?: string;
  /** A name that others may call it by. */
  readonly name?: string;
  readonly node?: string;
  /** Protocol, to tell apart what runs on one machine. */
  readonly speaks?: string;
  /** It only looks at what answers there. */
  readonly check?: true;
  /** From where a loopback address counts: an entry under `hosts`, or `local`. */
  readonly from?: string;
  /** What the service does there, after its name: `checks web-02`, `runs on web-02`. */
  readonly words: string;
}

export interface Use {
  readonly address?: string;
  readonly name?: string;
  /** Which of its own nodes and parts it uses it for. */
  readonly node?: string;
  readonly subject?: string;
  readonly speaks?: string;
  readonly check?: true;
  readonly from?: string;
  /** After the service's name: `/ learn / web-02 is 10.0.0.22:8000`, `asks through lb`. */
  readonly words: string;
}

export interface EndpointsOf {
  readonly id: string;
  readonly name: string;
  readonly endpoints: Endpoints;
}

/** More evidence than a reader reads. */
const maxEvidence = 6;

/**
 * Joins what services use with what others provide. The user depends on the provider: by the very address; by the machine,
 * when both speak the same protocol there; or by a name. A check leans on the program that it looks at and never on another
 * check of the same. `hosts` gives the addresses of the names under `hosts`. Pure; sorted by id.
 */
export function findDependencies(
  services: readonly EndpointsOf[],
  hosts: Readonly<Record<string, string>>,
): Map<string, FoundDependency[]> {
  const places = indexOf(services, hosts);
  const found = new Map<string, FoundDependency[]>();
  for (const service of services) {
    const edges = new Map<string, Edge>();
    for (const use of service.endpoints.uses) {
      for (const place of placesOf(use, places, hosts)) {
        if (place.service.id === service.id || (use.check === true && place.check === true)) continue;
        addTo(edges, service, use, place);
      }
    }
    const list = [...edges].map(([id, edge]) => dependencyOf(id, edge)).sort((a, b) => (a.id < b.id ? -1 : 1));
    if (list.length > 0) found.set(service.id, list);
  }
  return found;
}

interface Place extends Provision {
  readonly service: EndpointsOf;
}

type Places = ReadonlyMap<string, readonly Place[]>;

function indexOf(services: readonly EndpointsOf[], hosts: Readonly<Record<string, string>>): Places {
  const places = new Map<string, Place[]>();
  const put = (key: string, place: Place) => {
    const list = places.get(key);
    if (list === undefined) places.set(key, [place]);
    else list.push(place);
  };
  for (const service of services) {
    put(`name ${service.id}`, { service, words: "has that id" });
    for (const provision of service.endpoints.provides) {
      const place = { ...provision, service };
      if (place.name !== undefined) put(`name ${place.name}`, place);
      if (place.address !== undefined) put(`at ${seen(place.address, place.from, hosts)}`, place);
      if (place.machine === undefined) continue;
      const address = hosts[place.machine] ?? place.machine;
      if (!isLoopback(address)) put(`on ${place.speaks} ${bare(address)}`, place);
      if (place.node !== undefined) put(`node ${place.speaks} ${place.node}`, place);
    }
  }
  return places;
}

function placesOf(use: Use, places: Places, hosts: Readonly<Record<string, string>>): readonly Place[] {
  const at = (key: string) => places.get(key) ?? [];
  if (use.name !== undefined) return at(`name ${use.name}`);
  if (use.address === undefined) return [];
  const exact = at(`at ${seen(use.address, use.from, hosts)}`);
  const host = hostOf(use.address);
  const machine = isLoopback(host) ? [] : at(`on ${use.speaks} ${bare(host)}`);
  // Where no address tells: a node of the same name is the same machine.
  const named = machine.length > 0 || use.node === undefined ? [] : at(`node ${use.speaks} ${use.node}`);
  return [...exact, ...machine, ...named];
}

interface Edge {
  readonly evidence: Set<string>;
  readonly nodes: Set<string>;
  readonly subjects: Set<string>;
  readonly same: Map<string, string>;
  whole: boolean;
}

function addTo(edges: Map<string, Edge>, user: EndpointsOf, use: Use, place: Place): void {
  const { id, name } = place.service;
  const edge: Edge = edges.get(id) ?? {
    evidence: new Set(),
    nodes: new Set(),
    subjects: new Set(),
    same: new Map(),
    whole: false,
  };
  edges.set(id, edge);
  const where = place.address !== undefined && place.machine === undefined ? "where" : "and";
  edge.evidence.add(`${user.name} ${use.words}, ${where} ${name} ${place.words}`);
  if (use.node === undefined && use.subject === undefined) edge.whole = true;
  if (use.node !== undefined) edge.nodes.add(use.node);
  if (use.subject !== undefined) edge.subjects.add(use.subject);
  if (use.node !== undefined && place.node !== undefined) edge.same.set(use.node, place.node);
}

function dependencyOf(id: string, edge: Edge): FoundDependency {
  const evidence = [...edge.evidence].sort();
  const more = evidence.length - maxEvidence;
  const same = [...edge.same].filter(([own, other]) => own !== other);
  return {
    id,
    evidence: more > 0 ? [...evidence.slice(0, maxEvidence), `and ${more} more of the kind`] : evidence,
    ...(edge.whole ? {} : { nodes: [...edge.nodes].sort() }),
    ...(edge.whole || edge.subjects.size === 0 ? {} : { subjects: [...edge.subjects].sort() }),
    ...(same.length === 0 ? {} : { same }),
  };
}

/** A loopback address means another machine on each machine. */
function seen(address: string, from: string | undefined, hosts: Readonly<Record<string, string>>): string {
  const host = hostOf(address);
  if (!isLoopback(host)) return address.toLowerCase();
  const machine = from === undefined || from === "local" ? undefined : hosts[from];
  if (machine !== undefined && !isLoopback(machine)) return `${machine}${address.slice(host.length)}`.toLowerCase();
  return `${from ?? "local"} ${address.toLowerCase()}`;
}

function isLoopback(host: string): boolean {
  return ["127.0.0.1", "localhost", "[::1]", "::1"].includes(host.toLowerCase());
}

function hostOf(address: string): string {
  return address.replace(/:\d+$/, "");
}

function bare(host: string): string {
  return host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
}
