import type { Sight } from "#lib/access/sight.ts";
import { everything, listOff, serviceScope } from "#lib/store/automation.ts";
import { type HealRuleRow, listHealRules } from "#lib/store/heal-rules.ts";
import { type HealFilter, type HealRow, listHeals, startedHeals } from "#lib/store/heals.ts";
import type { Store } from "#lib/store/open-store.ts";
import { serviceNames } from "#lib/store/services.ts";
import { readSeen, type Seen } from "#lib/views/seen.ts";
import type { HealDto, HealRuleDto, HealsDto } from "#lib/wire/heal.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Of those, the ones of services he sees are told. */
const mostRead = 2_000;

/** Every heal rule with how it stands, and the ledger, newest first; of services that `sight` reaches. */
export async function healsView(store: Store, sight: Sight, filter: HealFilter, now: number): Promise<HealsDto> {
  return await store.read(async (reading) => {
    const seen = await readSeen(reading, sight);
    const names = await serviceNames(reading);
    const nameOf = (id: string) => names.get(id) ?? id;
    const rows = await listHeals(reading, seen.whole ? filter : { ...filter, limit: mostRead });
    const started = await startedHeals(reading, now - dayMs);
    const off = await listOff(reading, now);
    const rules = (await listHealRules(reading)).filter(
      ({ serviceId }) => seen.has(serviceId) && (filter.serviceId ?? serviceId) === serviceId,
    );
    return {
      rules: rules.map((row) => {
        const holding = off.find(({ scope }) => scope === everything || scope === serviceScope(row.serviceId));
        const held = holding === undefined ? null : `automation is off, by ${holding.by}: ${holding.reason}`;
        const mine = started.filter((heal) => heal.serviceId === row.serviceId && heal.rule === row.rule.when);
        return { ...ruleDtoOf(row, nameOf(row.serviceId), seen, held), used: usedOf(row, mine, now) };
      }),
      heals: rows
        .filter((row) => seen.has(row.serviceId))
        .slice(0, filter.limit)
        .map((row) => healDtoOf(row, nameOf(row.serviceId), seen)),
    };
  });
}

function usedOf({ acknowledged }: HealRuleRow, heals: readonly HealRow[], now: number): HealRuleDto["used"] {
  const within = (ms: number) => heals.filter(({ at }) => at > now - ms && at >= (acknowledged?.at ?? 0)).length;
  return { hour: within(hourMs), day: within(dayMs) };
}

/** A rule that has nothing to heal is held all the same while automation is off: the next trouble would find it so. */
function ruleDtoOf(row: HealRuleRow, serviceName: string, seen: Seen, held: string | null): Omit<HealRuleDto, "used"> {
  const { rule, standing, stopped } = row;
  const told =
    held !== null && standing.kind === "ready" ? { kind: "held" as const, words: held, until: null } : standing;
  return {
    serviceId: row.serviceId,
    serviceName,
    name: rule.when,
    action: rule.action,
    nodes: rule.nodes === null ? null : [...rule.nodes],
    afterMs: rule.afterMs,
    budget: rule.budget,
    minHealthy: rule.minHealthy,
    mode: rule.mode,
    standing: { ...told, words: seen.without(told.words) },
    stopped: stopped === null ? null : { ...stopped, words: seen.without(stopped.words) },
    acknowledged: row.acknowledged,
  };
}

function healDtoOf(row: HealRow, serviceName: string, seen: Seen): HealDto {
  const { pointsAt: _pointsAt, ...finding } = row.finding;
  return {
    ...row,
    serviceName,
    finding: { ...finding, message: seen.without(finding.message) },
    reasons: [...row.reasons],
    words: seen.without(row.words),
  };
}
