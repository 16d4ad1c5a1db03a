import { noSuch, type ReadService } from "#lib/config/checks.ts";
import { type Complaint, describeValue } from "#lib/config/complaint.ts";
import { explainIssues } from "#lib/config/explain.ts";
import { inputSchema } from "#lib/config/json-schema.ts";
import { maintenanceSchema } from "#lib/config/maintenance-schema.ts";
import type { Path } from "#lib/config/yaml-source.ts";
import { instantOf, type MaintenanceWindow } from "#lib/core/maintenance.ts";

/** Far more than a team plans; it bounds what the poller looks through. */
const maxWindows = 200;

/** The windows under `maintenance:`, as far as they are good; what is not is complained about. */
export function readMaintenance(
  value: unknown,
  services: readonly ReadService[],
  complaints: Complaint[],
): MaintenanceWindow[] {
  if (value === undefined || value === null) return [];
  const path: Path = ["maintenance"];
  if (!Array.isArray(value) || value.length > maxWindows) {
    const found = Array.isArray(value) ? `${value.length} entries` : describeValue(value);
    const message = `\`maintenance\`: expected a list of at most ${maxWindows} windows, found ${found}`;
    complaints.push({ path, at: "value", message });
    return [];
  }
  const known = knownNames(services);
  // Which servers a balancer has is only known once it was asked: then it is told when the work begins.
  const foundLater = services.some(({ integration }) => integration?.manifest.members !== undefined);
  return value.flatMap((raw: unknown, index) => {
    const at = [...path, index];
    const parsed = maintenanceSchema.safeParse(raw);
    if (!parsed.success) {
      complaints.push(...explainIssues(parsed.error.issues, raw, inputSchema(maintenanceSchema), at));
      return [];
    }
    const { services: ids, groups, nodes, from, to, duration, timeZone, repeat, note } = parsed.data;
    const covers = { services: ids, groups, nodes };
    for (const [key, words] of [
      ["services", "no service has the id"],
      ["groups", "no service is in a group named"],
      ["nodes", "no service has a node named"],
    ] as const) {
      if (key === "nodes" && foundLater) continue;
      for (const [place, name] of covers[key].entries()) {
        if (!known[key].includes(name)) complaints.push(noSuch(words, name, known[key], [...at, key, place]));
      }
    }
    const durationMs = duration ?? instantOf(to ?? from, timeZone) - instantOf(from, timeZone);
    return [{ covers, note, timeZone, from, durationMs, repeat: repeat ?? null }];
  });
}

function knownNames(services: readonly ReadService[]) {
  const groups = services.flatMap(({ base }) => (base?.group === undefined ? [] : [base.group]));
  const nodes = services.flatMap(({ config, integration }) =>
    config === undefined || integration === undefined ? [] : integration.manifest.nodes(config.value),
  );
  return {
    services: services.flatMap(({ raw }) => (typeof raw.id === "string" ? [raw.id] : [])),
    groups: [...new Set(groups)],
    nodes: [...new Set(nodes)],
  };
}
