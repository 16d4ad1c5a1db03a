/** What a stretch of planned work is about; a service is covered when any of the three names it. */
export interface Covers {
  readonly services: readonly string[];
  readonly groups: readonly string[];
  /** Members of services by their name, wherever they are a member. */
  readonly nodes: readonly string[];
}

/** A stretch of time, epoch milliseconds; its end does not belong to it. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** How planned work touches one service: the whole of it (`nodes: null`), or some of its nodes. */
export interface Cover extends Span {
  readonly nodes: readonly string[] | null;
}

/** Whether a stretch of time holds at `now`. */
export function holdsAt(span: Span, now: number): boolean {
  return span.from <= now && now < span.until;
}

/** How `covers` touches a service that has `nodes`; `null` when it does not. The whole of it says more than a part. */
export function coverOf(
  covers: Covers,
  service: { readonly id: string; readonly group: string | null },
  nodes: readonly string[],
): Pick<Cover, "nodes"> | null {
  const whole =
    covers.services.includes(service.id) || (service.group !== null && covers.groups.includes(service.group));
  if (whole) return { nodes: null };
  const touched = nodes.filter((node) => covers.nodes.includes(node));
  return touched.length === 0 ? null : { nodes: touched };
}

/** Whether the service as a whole is in maintenance at `now`: then its trouble is planned and does not count. */
export function isCovered(service: { readonly maintenance?: readonly Cover[] }, now: number): boolean {
  return service.maintenance?.some((cover) => cover.nodes === null && holdsAt(cover, now)) ?? false;
}

/** A service as far as planned work upstream of it may be its trouble. */
export interface Downstream {
  readonly id: string;
  readonly dependsOn: readonly string[];
  readonly covered: boolean;
  readonly checkedAt?: number | null | undefined;
  readonly intervalMs?: number | undefined;
  /** When its trouble began. */
  readonly onset?: number | null;
}

/** For so long what may be planned is given the benefit of the doubt: what is polled once an hour must not hide an outage. */
const planDoubtMs = 60_000;

/**
 * Whether something in maintenance, at any distance upstream of `root`, was not looked at since the trouble of `root` began:
 * a symptom is often seen before its cause. A poll of the cause may have begun just before, so it must be a while after.
 */
export function mayBePlanned(root: Downstream, services: readonly Downstream[], now: number): boolean {
  const begun = root.onset ?? 0;
  if (now - begun > planDoubtMs) return false;
  const byId = new Map(services.map((service) => [service.id, service]));
  const seen = new Set([root.id]);
  for (const id of seen) {
    const service = byId.get(id);
    if (service?.covered && (service.checkedAt ?? 0) < begun + (service.intervalMs ?? 0)) return true;
    for (const next of service?.dependsOn ?? []) seen.add(next);
  }
  return false;
}

/** `PostgreSQL main`, `group Data`, `node web-01`: what is covered, in words. `nameOf` gives a service's name by its id. */
export function coversWords(covers: Covers, nameOf: (id: string) => string): string {
  return [
    ...covers.services.map(nameOf),
    ...covers.groups.map((group) => `group ${group}`),
    ...covers.nodes.map((node) => `node ${node}`),
  ].join(", ");
}
