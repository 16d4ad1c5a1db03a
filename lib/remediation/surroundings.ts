import { failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Action, ActionPlan, Neighbour, Step, Surroundings } from "#lib/integrations/integration.ts";
import { actionsOf } from "#lib/remediation/declared/actions-of.ts";
import type { WatchedService } from "#lib/remediation/watcher.ts";

/** The details that a plan was made from: of its own service, and of those whose actions are part of it. */
export interface Basis {
  readonly own: unknown;
  readonly others: Readonly<Record<string, unknown>>;
}

/** What a plan may know of the other services, and a note of what it used, so that the same plan can be made again. */
export async function surroundingsOf(
  watched: ReadonlyMap<string, WatchedService>,
  ownId: string,
  known?: Basis["others"],
): Promise<{ readonly around: Surroundings; readonly used: Map<string, unknown> }> {
  const used = new Map<string, unknown>();
  const others = [...watched.values()].filter(({ service }) => service.id !== ownId);
  const offered = await Promise.all(others.map(async (other) => ({ other, actions: await actionsOf(other) })));
  const offering = (actionId: string): Neighbour[] =>
    offered.flatMap(({ other, actions }) => {
      const action = actions.find((one) => one.id === actionId);
      return action === undefined ? [] : [neighbourOf(other, action, used, known)];
    });
  return { around: { offering }, used };
}

function neighbourOf(
  { service, state }: WatchedService,
  action: Action,
  used: Map<string, unknown>,
  known: Basis["others"] | undefined,
): Neighbour {
  const detail = known?.[service.id] ?? state.detail;
  return {
    serviceId: service.id,
    name: service.name,
    offer: action.offer(service.config, detail),
    part: (params) => {
      used.set(service.id, detail);
      const plan = action.plan(service.config, params, detail);
      return plan.ok ? ok(boundTo(service.id, plan.value)) : plan;
    },
  };
}

/** Every check and step of it gets that service's configuration, and an id that no step of another has. */
function boundTo(on: string, plan: ActionPlan): ActionPlan {
  const bind = (step: Step): Step => ({
    ...step,
    on,
    id: `${on}:${step.id}`,
    ...(step.ends === undefined ? {} : { ends: step.ends.map((id) => `${on}:${id}`) }),
  });
  return {
    ...plan,
    preflight: plan.preflight.map((check) => ({ ...check, on, id: `${on}:${check.id}` })),
    steps: plan.steps.map(bind),
    ...(plan.finally === undefined ? {} : { finally: plan.finally.map(bind) }),
  };
}

/** Makes the plan of an action on a watched service. */
export async function planOn(
  watched: ReadonlyMap<string, WatchedService>,
  of: { readonly serviceId: string; readonly action: string; readonly params: Readonly<Record<string, string>> },
  basis?: Basis,
): Promise<Result<{ target: WatchedService; action: Action; plan: ActionPlan; basis: Basis }>> {
  const target = watched.get(of.serviceId);
  if (target === undefined) return err(failure("no-such-object", "The service is no longer watched"));
  const action = (await actionsOf(target)).find((one) => one.id === of.action);
  if (action === undefined) return err(failure("no-such-object", `It has no action ${of.action} (any more)`));
  const own = basis === undefined ? target.state.detail : basis.own;
  const { around, used } = await surroundingsOf(watched, of.serviceId, basis?.others);
  const plan = action.plan(target.service.config, of.params, own, around);
  if (!plan.ok) return plan;
  return ok({ target, action, plan: plan.value, basis: { own, others: Object.fromEntries(used) } });
}
