import { explainRules } from "#lib/core/explain-rules.ts";
import type { Rule, RuleOverride } from "#lib/core/rule.ts";
import { conditionsOf, everyStep, type Runbook } from "#lib/core/runbook.ts";
import { type Scene, type SceneService, sceneOf, servicesAt } from "#lib/core/runbook-scene.ts";
import type { KnowKind } from "#lib/integrations/known-kinds.ts";
import { listPolls } from "#lib/store/history.ts";
import type { Reading } from "#lib/store/open-store.ts";
import { listServicesAt } from "#lib/store/services.ts";
import type { Seen } from "#lib/views/seen.ts";
import { symptomsOfHidden } from "#lib/views/seen-verdict.ts";
import type { Board, BoardService } from "#lib/wire/board.ts";

/** The board as it was read, and what is behind it: to tell who may not see a root that there is one. */
export interface ReadBoards {
  readonly told: Board;
  readonly services: readonly BoardService[];
  readonly seen: Seen;
}

/** What a runbook sees of the board for one service: only what the reader may see, with the numbers that rules read. */
export async function readScene(
  reading: Reading,
  { told, services, seen }: ReadBoards,
  about: {
    readonly serviceId: string;
    readonly runbook: Runbook;
    readonly rootBefore: string | null;
    readonly at: number;
    readonly past: boolean;
  },
  know: KnowKind,
): Promise<Scene> {
  const { serviceId, runbook, rootBefore, at, past } = about;
  const rows = new Map((await listServicesAt(reading, at)).map((row) => [row.id, row]));
  const rulesOf = (service: SceneService): readonly Rule<unknown>[] => know(service.kind).rules;
  const details = new Map(told.services.map(({ id, detail }) => [id, detail]));
  const given = {
    services: told.services,
    selfId: serviceId,
    now: at,
    explained: (service: SceneService) => {
      const detail = details.get(service.id) ?? null;
      const overrides = (rows.get(service.id)?.rules ?? {}) as Readonly<Record<string, RuleOverride>>;
      return detail === null ? [] : explainRules(detail, rulesOf(service), overrides);
    },
    blinding: (service: SceneService, rule: string | null) => blindingOf(service, rulesOf(service), rule),
    metrics: () => null,
    rootBefore: rootBefore !== null && seen.has(rootBefore) ? rootBefore : null,
    rootHidden: symptomsOfHidden(services, seen, at).some(({ id }) => id === serviceId),
    past,
  };
  const scene = sceneOf(given);
  const measured = await readMetrics(reading, scene, runbook);
  return { ...scene, metrics: (id) => measured.get(id) ?? null };
}

function blindingOf(service: SceneService, rules: readonly Rule<unknown>[], about: string | null) {
  const blind = new Set(
    rules
      .filter(({ blinds }) => blinds === true || (about !== null && blinds?.includes(about) === true))
      .map(({ id }) => id),
  );
  return service.findings.filter(({ rule }) => blind.has(rule) && rule !== about);
}

/** The last poll's numbers of those services whose numbers the runbook asks for. */
async function readMetrics(reading: Reading, scene: Scene, { steps }: Runbook) {
  const asked = everyStep(steps)
    .flatMap(conditionsOf)
    .flatMap((condition) => ("metric" in condition ? servicesAt(scene, condition.on) : []));
  const measured = new Map<string, Readonly<Record<string, number | null>>>();
  for (const { id, checkedAt } of asked) {
    if (measured.has(id) || checkedAt === null) continue;
    const [poll] = await listPolls(reading, id, { from: checkedAt, to: checkedAt, limit: 1 });
    if (poll !== undefined) measured.set(id, poll.metrics);
  }
  return measured;
}
