import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { certainOf } from "#lib/core/certain.ts";
import { findTroubles, type Suspect } from "#lib/core/root-cause.ts";
import { defaultPolicy, emptyMemory, nextState, type StateMemory } from "#lib/core/state.ts";
import { type Status, statuses } from "#lib/core/status.ts";
import {
  applyChanges,
  type IncidentChange,
  type IncidentCourse,
  type IncidentService,
  type IncidentTrouble,
  incidentChanges,
  reopenWithinMs,
} from "#lib/incidents/incident-changes.ts";

/** `search critical`, `lb trouble`, `pg critical planned`, `web -` (nothing is certain). */
function services(text: string): IncidentService[] {
  return text.split(", ").map((line) => {
    const [id = "", certain = "-", planned] = line.split(" ");
    const known = certain === "-" ? null : (certain as "critical" | "trouble" | "well");
    return { id, certain: known, covered: planned === "planned" };
  });
}

/** `search > web > lb`: the root, then what suffers from it. */
function troubles(...lines: string[]): IncidentTrouble[] {
  return lines.map((line) => {
    const [rootId = "", ...symptomIds] = line.split(" > ");
    return { rootId, symptomIds };
  });
}

function said(changes: readonly IncidentChange[]): string[] {
  return changes.map((change) => {
    switch (change.type) {
      case "open":
        return `open ${change.serviceIds.join(" > ")}`;
      case "join":
      case "leave":
        return `${change.type} ${change.serviceId}`;
      case "root":
        return `root ${change.rootId}`;
      case "merge":
        return `merge ${change.incidentId} into ${change.into}`;
      case "reopen":
      case "resolve":
        return `${change.type} ${change.incidentId}`;
      default:
        return change satisfies never;
    }
  });
}

/** An incident of `search` and `lb`, as one is told `search > lb`, with those that are well again in brackets. */
function incident(line: string, more: Partial<IncidentCourse> = {}): IncidentCourse {
  const members = line.split(" > ").map((word) => {
    const well = word.startsWith("(");
    return { serviceId: word.replaceAll(/[()]/g, ""), from: 0, until: well ? 50 : null };
  });
  const rootId = members[0]?.serviceId ?? "";
  return { id: "one", rootId, openedAt: 0, resolvedAt: null, mergedInto: null, members, ...more };
}

describe("an incident", () => {
  const now = 100;
  const table: {
    promise: string;
    known?: IncidentCourse[];
    troubles: IncidentTrouble[];
    services: string;
    does: string[];
    at?: number;
  }[] = [
    {
      promise: "opens for the root of a confirmed critical state, with its confirmed symptoms in it",
      troubles: troubles("search > web > lb"),
      services: "search critical, web -, lb critical",
      does: ["open search > lb"],
    },
    {
      promise: "does not open for a state that is not confirmed",
      troubles: troubles("search > lb"),
      services: "search -, lb -",
      does: [],
    },
    {
      promise: "does not open for a warning",
      troubles: troubles("search"),
      services: "search trouble",
      does: [],
    },
    {
      promise: "opens for the root when the symptom is confirmed first",
      troubles: troubles("search > lb"),
      services: "search -, lb critical",
      does: ["open search > lb"],
    },
    {
      promise: "opens for neither a planned root nor what suffers from it",
      troubles: troubles("pg > web"),
      services: "pg critical planned, web critical",
      does: [],
    },
    {
      promise: "waits while its root may be planned work that was not looked at yet",
      troubles: [{ rootId: "web", symptomIds: ["lb"], maybePlanned: true }],
      services: "pg well planned, web critical, lb critical",
      does: [],
    },
    {
      promise: "that is open takes in nothing that may be planned work",
      known: [incident("search > (web)")],
      troubles: [{ rootId: "web", symptomIds: ["lb"], maybePlanned: true }],
      services: "search trouble, pg well planned, web critical, lb critical",
      does: [],
    },
    {
      promise: "goes on while its root may be planned work",
      known: [incident("web")],
      troubles: [{ rootId: "web", symptomIds: ["lb"], maybePlanned: true }],
      services: "pg well planned, web critical, lb critical",
      does: ["join lb"],
    },
    {
      promise: "opens once for each of two independent causes",
      troubles: troubles("search > lb", "pg"),
      services: "search critical, lb critical, pg critical",
      does: ["open search > lb", "open pg"],
    },
    {
      promise: "is joined by a symptom that comes later, which opens none of its own",
      known: [incident("search")],
      troubles: troubles("search > lb"),
      services: "search critical, lb critical",
      does: ["join lb"],
    },
    {
      promise: "goes on while a symptom is not well, though the root is",
      known: [incident("search > lb")],
      troubles: troubles("lb"),
      services: "search well, lb critical",
      does: ["leave search", "root lb"],
    },
    {
      promise: "resolves when root and symptoms are well",
      known: [incident("search > lb")],
      troubles: [],
      services: "search well, lb well",
      does: ["leave search", "leave lb", "resolve one"],
    },
    {
      promise: "does not resolve on a recovery that is not confirmed, nor on what cannot be seen",
      known: [incident("(search) > lb")],
      troubles: [],
      services: "search well, lb -",
      does: [],
    },
    {
      promise: "resolves for a service that is well, though its parent is in trouble and mutes it",
      known: [incident("lb")],
      troubles: troubles("search"),
      services: "search critical, lb well",
      does: ["leave lb", "resolve one", "open search"],
    },
    {
      promise: "takes a root that shows later than its symptom",
      known: [incident("lb")],
      troubles: troubles("search > lb"),
      services: "search critical, lb critical",
      does: ["join search", "root search"],
    },
    {
      promise: "is not kept open by what went into maintenance",
      known: [incident("search > lb")],
      troubles: troubles("search > lb"),
      services: "search critical planned, lb well",
      does: ["leave search", "leave lb", "resolve one"],
    },
    {
      promise: "is not kept open by a service that is no longer watched",
      known: [incident("search > lb")],
      troubles: [],
      services: "search well",
      does: ["leave search", "leave lb", "resolve one"],
    },
    {
      promise: "is opened again when its root fails again within ten minutes",
      known: [incident("(search)", { resolvedAt: 50 })],
      troubles: troubles("search"),
      services: "search critical",
      does: ["reopen one", "join search"],
      at: 50 + reopenWithinMs,
    },
    {
      promise: "is another one after ten minutes",
      known: [incident("(search)", { resolvedAt: 50 })],
      troubles: troubles("search"),
      services: "search critical",
      does: ["open search"],
      at: 51 + reopenWithinMs,
    },
    {
      promise: "is the same one when its root fails again while a symptom still suffers",
      known: [incident("(search) > lb")],
      troubles: troubles("search > lb"),
      services: "search critical, lb critical",
      does: ["join search"],
    },
    {
      promise: "is merged into that of its cause when the cause is found late",
      known: [incident("search"), incident("lb", { id: "two" })],
      troubles: troubles("search > lb"),
      services: "search critical, lb critical",
      does: ["merge two into one", "join lb"],
    },
  ];
  for (const { promise, known = [], troubles: found, services: seen, does, at = now } of table) {
    it(promise, () => assert.deepEqual(said(incidentChanges(known, found, services(seen), at)), does));
  }
});

/** A small world over time: services that depend on earlier ones, and what each poll of each says. */
const ids = ["a", "b", "c", "d"] as const;
const step = fc.record({
  status: fc.tuple(...ids.map(() => fc.constantFrom(...statuses))),
  planned: fc.tuple(...ids.map(() => fc.constantFrom(false, false, false, true))),
});
const world = fc.record({
  edges: fc.array(fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids)), { maxLength: 6 }),
  steps: fc.array(step, { maxLength: 40 }),
});

interface Played {
  readonly now: number;
  readonly changes: readonly IncidentChange[];
  readonly incidents: readonly IncidentCourse[];
  readonly services: readonly IncidentService[];
}

function play({ edges, steps }: { edges: [string, string][]; steps: { status: Status[]; planned: boolean[] }[] }) {
  const memories = new Map<string, StateMemory>(ids.map((id) => [id, emptyMemory]));
  const sinces = new Map<string, number>();
  let incidents: readonly IncidentCourse[] = [];
  let made = 0;
  const played: Played[] = [];
  const covered = new Set<string>();
  for (const [index, { status, planned }] of steps.entries()) {
    const now = index * 60_000;
    const suspects = ids.map((id, at): Suspect => {
      const before = memories.get(id) ?? emptyMemory;
      if (before.status !== status[at]) sinces.set(id, now);
      if (planned[at]) covered.add(id);
      else covered.delete(id);
      const seen = { at: now, status: status[at] ?? "unknown", counts: !covered.has(id), held: false };
      const memory = nextState(before, seen, defaultPolicy);
      memories.set(id, memory);
      const is = memory.status;
      const findings =
        is === "critical" || is === "warning" ? [{ rule: "down", severity: is, message: "it is down" } as const] : [];
      const dependsOn = edges.filter(([from, to]) => from === id && to < from).map(([, to]) => to);
      return { id, status: is, since: sinces.get(id) ?? 0, dependsOn, findings, nodes: [] };
    });
    const services = ids.map((id): IncidentService => {
      return { id, covered: covered.has(id), certain: certainOf(memories.get(id) ?? emptyMemory) };
    });
    const found = findTroubles(suspects).map(({ root, symptoms }) => ({
      rootId: root.id,
      symptomIds: symptoms.map((symptom) => symptom.id),
    }));
    const changes = incidentChanges(incidents, found, services, now);
    incidents = applyChanges(
      incidents,
      changes,
      now,
      (opened) => opened,
      () => `i${made++}`,
    );
    assert.deepEqual(incidentChanges(incidents, found, services, now), [], "doing it once is doing it");
    played.push({ now, changes, incidents, services });
  }
  return played;
}

describe("whatever happens", () => {
  const runs = { numRuns: 400 };
  it("no incident stays open once all its services are well for the recovery count, whoever mutes whom", () => {
    fc.assert(
      fc.property(world, (input) => {
        for (const { incidents, services } of play(input)) {
          const fine = new Set(services.filter((one) => one.certain === "well" || one.covered).map((one) => one.id));
          for (const { resolvedAt, members } of incidents) {
            if (resolvedAt === null) assert.ok(members.some((member) => !fine.has(member.serviceId)));
          }
        }
      }),
      runs,
    );
  });

  it("a planned state opens nothing, and neither does what is not confirmed critical", () => {
    fc.assert(
      fc.property(world, (input) => {
        for (const { changes, services } of play(input)) {
          const certain = services.filter((one) => one.certain === "critical" && !one.covered).map((one) => one.id);
          for (const change of changes) {
            if (change.type !== "open") continue;
            assert.ok(change.serviceIds.some((id) => certain.includes(id)));
            assert.ok(services.every((one) => one.id !== change.rootId || !one.covered));
          }
        }
      }),
      runs,
    );
  });

  it("a service suffers in one open incident at a time, and a resolved one has nobody left who suffers in it", () => {
    fc.assert(
      fc.property(world, (input) => {
        for (const { incidents } of play(input)) {
          const open = incidents.filter((incident) => incident.resolvedAt === null);
          const suffering = open.flatMap(({ members }) => members.filter((member) => member.until === null));
          assert.equal(new Set(suffering.map((member) => member.serviceId)).size, suffering.length);
          for (const { members } of open) assert.ok(members.length > 0);
        }
      }),
      runs,
    );
  });

  it("a trouble that comes back within ten minutes is no second incident of the same root", () => {
    fc.assert(
      fc.property(world, (input) => {
        let before: readonly IncidentCourse[] = [];
        for (const { changes, incidents, now } of play(input)) {
          for (const change of changes) {
            if (change.type !== "open") continue;
            const recent = before.filter(
              ({ resolvedAt, mergedInto, members }) =>
                resolvedAt !== null &&
                mergedInto === null &&
                now - resolvedAt <= reopenWithinMs &&
                members.some((member) => member.serviceId === change.rootId),
            );
            assert.deepEqual(recent, []);
          }
          before = incidents;
        }
      }),
      runs,
    );
  });
});
