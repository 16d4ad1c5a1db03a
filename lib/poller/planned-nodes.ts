import type { Finding } from "#lib/core/finding.ts";

/** The nodes that are planned to be out. What is found of them is told, and raises nothing. */
export interface PlannedNodes {
  readonly plan: (nodes: ReadonlySet<string>) => void;
  readonly excuse: (findings: readonly Finding[]) => Finding[];
}

export function createPlannedNodes(): PlannedNodes {
  let planned: ReadonlySet<string> = new Set();
  return {
    plan: (nodes) => {
      planned = nodes;
    },
    excuse: (findings) => excusePlanned(findings, planned),
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
