import type { Sight } from "#lib/access/sight.ts";
import { explainCause } from "#lib/core/explain-cause.ts";
import { explainRules } from "#lib/core/explain-rules.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Rule, RuleOverride } from "#lib/core/rule.ts";
import { findConfirmChoice } from "#lib/store/confirm-choices.ts";
import type { Store } from "#lib/store/open-store.ts";
import { findService } from "#lib/store/services.ts";
import { readBoardsAt } from "#lib/views/board-at.ts";
import { readBoards } from "#lib/views/board-view.ts";
import { symptomsOfHidden } from "#lib/views/seen-verdict.ts";
import { noSuchService } from "#lib/views/service-view.ts";
import type { BoardService } from "#lib/wire/board.ts";
import type { Explanation } from "#lib/wire/explain.ts";
import type { Refusal } from "#lib/wire/problem.ts";

const samplesShown = 10;

/**
 * Why a service has its status, or had it at `at`: the last samples, every rule's numbers, and the reasoning about causes.
 * Of the past it tells by the rules and limits of now, which alone are kept.
 */
export async function explainView(
  store: Store,
  sight: Sight,
  id: string,
  { now, at }: { readonly now: number; readonly at?: number | undefined },
  /** The rules of a kind; empty for one this build does not have. */
  rulesOf: (kind: string) => readonly Rule<unknown>[],
): Promise<Result<Explanation, Refusal>> {
  return await store.read(async (reading) => {
    const row = await findService(reading, id);
    const cut = await (at === undefined ? readBoards(reading, sight, now) : readBoardsAt(reading, sight, at));
    const { services } = cut.told;
    const service = services.find((each) => each.id === id);
    if (row === null || service === undefined) return err(noSuchService(id));
    const choice = await findConfirmChoice(reading, id);
    const chosen = choice === null ? null : { confirm: choice.confirm, by: choice.by, at: choice.at };
    const overrides = row.rules as Readonly<Record<string, RuleOverride>>;
    const { root, followed, setAside, symptoms, role } = explainCause(services, id, at ?? now);
    return ok({
      serviceId: id,
      at: at ?? now,
      status: service.status,
      since: service.since,
      samples: samplesOf(service),
      sampleAt: service.detailAt ?? null,
      failure: service.failure?.what ?? null,
      confirmed: confirmedOf(service),
      confirm: { configured: row.confirm ?? null, chosen },
      rules: (service.detail === null ? [] : explainRules(service.detail, rulesOf(row.kind), overrides)).map(
        (rule) => ({
          ...rule,
          readings: [...rule.readings],
        }),
      ),
      cause: {
        role,
        root,
        followed: followed.map((step) => ({ ...step, evidence: [...step.evidence] })),
        setAside: [...setAside],
        symptoms: [...symptoms],
        ...(symptomsOfHidden(cut.services, cut.seen, at ?? now).some((each) => each.id === id) ? { hidden: true } : {}),
      },
    });
  });
}

function samplesOf({ trend }: BoardService): Explanation["samples"] {
  const all = trend.at.map((at, index) => ({ at, status: trend.status[index] ?? ("unknown" as const) }));
  return all.slice(-samplesShown).reverse();
}

function confirmedOf({ state, attempt }: BoardService): Explanation["confirmed"] {
  return state === undefined || attempt === undefined ? null : { state, n: attempt.n, of: attempt.of };
}
