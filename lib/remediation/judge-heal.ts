import { formatDuration } from "#lib/core/duration.ts";
import { type HealRule, leastHealthy, leastPolls } from "#lib/core/heal.ts";

/** All that decides whether a rule heals one target now. Gathered by the poller; times are epoch milliseconds. */
export interface HealScene {
  readonly rule: HealRule;
  /** What stands: since when without a break, and in how many polls in a row. */
  readonly stood: { readonly since: number; readonly polls: number };
  /** Whether the service's trouble is confirmed and was told on. */
  readonly confirmed: boolean;
  readonly flapping: boolean;
  /** What could be healed by the rule, and what of it is in trouble now, the target included. */
  readonly pool: { readonly size: number; readonly red: readonly string[] };
  /** All services that count, and how many of them are down or unseen. */
  readonly everything: { readonly size: number; readonly red: number; readonly massFailure: number };
  /** Each a sentence part that says why not; `null` where nothing is in the way. */
  readonly distrust: string | null;
  readonly automationOff: string | null;
  readonly planned: string | null;
  readonly acknowledged: string | null;
  readonly deploy: string | null;
  /** Where the trouble starts, when that is another service. */
  readonly cause: string | null;
  /** The action cannot be started as it is. */
  readonly impossible: string | null;
  /** What is being done to the pool now, by whomever. */
  readonly inFlight: string | null;
  /** When anything was last done to the service. */
  readonly actedAt: number | null;
  /** When a start was last refused by the engine's own checks, and how often in a row. */
  readonly turnedDown: { readonly at: number; readonly times: number } | null;
  /** When this rule healed, since a person last acknowledged that it had stopped. */
  readonly healedAt: readonly number[];
  /** Why it stopped itself; `null` while it has not. */
  readonly stopped: string | null;
}

export const refusalKinds = [
  "automation-off",
  "distrust",
  "mass-failure",
  "min-healthy",
  "caused",
  "maintenance",
  "acknowledged",
  "deploy",
  "flapping",
  "impossible",
  "budget",
  "turned-down",
] as const;
export type RefusalKind = (typeof refusalKinds)[number];

export interface HealRefusal {
  readonly kind: RefusalKind;
  readonly words: string;
}

export type HealJudgement =
  | { readonly kind: "start" }
  /** Nothing is in the way but time; `until` where it is known. */
  | { readonly kind: "wait"; readonly words: string; readonly until: number | null }
  /** It would heal by now, and must not: every reason. */
  | { readonly kind: "refuse"; readonly reasons: readonly HealRefusal[] }
  /** Its budget is spent: it stops here, until a person acknowledges. */
  | { readonly kind: "stop"; readonly words: string }
  | { readonly kind: "stopped"; readonly words: string };

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Fewer services in trouble than this say nothing of the whole, however few there are. */
const leastRed = 3;
/** After the engine's own checks refused a start, they are not asked again for so long; twice as long each time, up to an hour. */
const askAgainMs = 5 * 60_000;

/**
 * Whether the rule starts its action on the target now. What waits is decided before what refuses, so that a refusal is
 * only told of what would really have been healed; the budget comes last, so that only what would start can spend it.
 */
export function judgeHeal(scene: HealScene, now: number): HealJudgement {
  if (scene.stopped !== null) return { kind: "stopped", words: scene.stopped };
  const wait = waiting(scene, now);
  if (wait !== null) return wait;
  const reasons = refusals(scene);
  if (reasons.length > 0) return { kind: "refuse", reasons };
  const spent = spentWords(scene, now);
  if (spent === null) return { kind: "start" };
  if (scene.rule.mode === "observe") return { kind: "refuse", reasons: [{ kind: "budget", words: spent }] };
  return { kind: "stop", words: spent };
}

function waiting(scene: HealScene, now: number): HealJudgement | null {
  const { rule, stood, inFlight, actedAt, turnedDown } = scene;
  const wait = (words: string, until: number | null = null): HealJudgement => ({ kind: "wait", words, until });
  if (inFlight !== null) return wait(`waits: ${inFlight}`);
  const warmAt = actedAt === null ? 0 : actedAt + rule.warmUpMs;
  if (warmAt > now) return wait("waits until what was done last has warmed up", warmAt);
  const ripeAt = stood.since + rule.afterMs;
  if (ripeAt > now) return wait(`waits until it has stood for ${formatDuration(rule.afterMs)}`, ripeAt);
  if (stood.polls < leastPolls) return wait(`waits for ${leastPolls} polls in a row that show it`);
  if (!scene.confirmed && !scene.flapping && scene.distrust === null) return wait("waits until it is confirmed");
  const againAt = turnedDown === null ? 0 : turnedDown.at + Math.min(hourMs, askAgainMs * 2 ** (turnedDown.times - 1));
  return againAt > now ? wait("waits before it asks the checks again that refused it", againAt) : null;
}

function refusals(scene: HealScene): HealRefusal[] {
  const { rule, pool, everything } = scene;
  const said = (kind: RefusalKind, words: string | null) => (words === null ? [] : [{ kind, words }]);
  return [
    ...said("automation-off", scene.automationOff),
    ...said("distrust", scene.distrust),
    ...said("mass-failure", massWords(everything)),
    ...said("min-healthy", poolWords(rule, pool)),
    ...said("caused", rule.evenIfCaused ? null : scene.cause),
    ...said("maintenance", scene.planned),
    ...said("acknowledged", scene.acknowledged),
    ...said("deploy", scene.deploy),
    ...said("flapping", scene.flapping ? "it comes and goes, so a heal would prove nothing" : null),
    ...said("impossible", scene.impossible),
  ];
}

function massWords({ size, red, massFailure }: HealScene["everything"]): string | null {
  if (red < leastRed || red * 100 <= size * massFailure) return null;
  return `${red} of ${size} services are down or unseen at once (limit ${massFailure} %)`;
}

function poolWords(rule: HealRule, { size, red }: HealScene["pool"]): string | null {
  const least = leastHealthy(rule, size);
  const well = Math.max(0, size - red.length);
  if (well * 100 >= size * least) return null;
  const share = Math.floor((well * 100) / size);
  return `${well} of ${size} are well, ${share} % (at least ${least} %): ${red.join(", ")} in trouble`;
}

/** `null` while there is budget left. The windows slide: what was healed counts for an hour and for a day. */
function spentWords({ rule, healedAt }: HealScene, now: number): string | null {
  const within = (ms: number) => healedAt.filter((at) => at > now - ms).length;
  const { hour, day } = rule.budget;
  if (within(hourMs) >= hour) return `healed ${within(hourMs)} times within an hour (budget ${hour}), and it came back`;
  if (within(dayMs) >= day) return `healed ${within(dayMs)} times within a day (budget ${day}), and it came back`;
  return null;
}
