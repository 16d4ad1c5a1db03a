import type { Finding } from "#lib/core/finding.ts";

/** What is planned right now, for judging: services whose trouble does not count, and nodes that are to be out. */
export interface Planned {
  readonly plan: (services: ReadonlySet<string>, nodes: ReadonlySet<string>) => void;
  readonly covers: (serviceId: string) => boolean;
  /** What is found of planned nodes is told, and raises nothing. */
  readonly excuse: (findings: readonly Finding[]) => Finding[];
}

export function createPlanned(): Planned {
  let covered: ReadonlySet<string> = new Set();
  let out: ReadonlySet<string> = new Set();
  return {
    plan: (services, nodes) => {
      covered = services;
      out = nodes;
    },
    covers: (serviceId) => covered.has(serviceId),
    excuse: (findings) => excusePlanned(findings, out),
  };
}

/** Findings about planned nodes become notes. A member inside a node counts by its own name: `learn/web-01` is web-01. */
export function excusePlanned(findings: readonly Finding[], planned: ReadonlySet<string>): Finding[] {
  if (planned.size === 0) return [...findings];
  return findings.map((finding) => {
    const names = [finding.node, finding.subject, finding.subject?.split("/").at(-1)];
    const hit = finding.severity !== "info" && names.some((name) => name !== undefined && planned.has(name));
    return hit ? { ...finding, severity: "info", message: `${finding.message} (in maintenance)` } : finding;
  });
}
