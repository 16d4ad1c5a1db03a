import type { ServiceConfig } from "#lib/config/model.ts";
import type { Failure } from "#lib/core/failure.ts";
import type { Finding } from "#lib/core/finding.ts";
import type { Result } from "#lib/core/result.ts";
import type { Integration, Sample } from "#lib/integrations/integration.ts";

/** What the engine needs of whoever polls: what is watched, what was last seen of it, and a fresh look. */
export interface Watcher {
  readonly watched: () => ReadonlyMap<string, WatchedService>;
  /** A poll that begins after this call; `null` when the service is not watched. */
  readonly pollNow: (serviceId: string) => Promise<FreshPoll | null>;
}

export interface WatchedService {
  readonly service: ServiceConfig;
  readonly integration: Integration;
  readonly state: { readonly findings: readonly Finding[]; readonly detail: unknown };
}

export interface FreshPoll {
  readonly collected: { readonly result: Result<Sample> };
  /** As it was judged. `failure` also says that Pitwall itself saw nothing, though the poll brought a sample. */
  readonly state: { readonly findings: readonly Finding[]; readonly failure: Failure | null };
}
