import { setTimeout as rest } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { Logger } from "pino";
import { systemActor } from "#lib/access/actor.ts";
import { hashToken, shortestToken } from "#lib/access/bearer-token.ts";
import { oidcSecretPlace } from "#lib/access/identity/settings.ts";
import type { Keyring } from "#lib/access/keyring.ts";
import { writeSealed } from "#lib/access/sealed.ts";
import type { PitwallConfig } from "#lib/config/model.ts";
import type { Grant } from "#lib/core/grant.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Loop } from "#lib/poller/loop.ts";
import type { Notices } from "#lib/poller/notices.ts";
import { serviceRowOf } from "#lib/poller/watched.ts";
import { writeAccessSettings } from "#lib/store/access-settings.ts";
import { writeTokenHash } from "#lib/store/access-tokens.ts";
import { type AuditEntry, insertAudit } from "#lib/store/audit.ts";
import { insertEvents } from "#lib/store/events.ts";
import type { Store, Writing } from "#lib/store/open-store.ts";
import { writeDeclaredRunbooks } from "#lib/store/runbooks.ts";
import { type AppliedChange, applyServices } from "#lib/store/services.ts";
import { listStates, stateFrom } from "#lib/store/states.ts";
import { storeTroubleOf } from "#lib/store/store-trouble.ts";
import type { OwnedTransports } from "#lib/transports/transports.ts";

/** Makes a good configuration the one that is watched: in the store, in the loop, and in how hosts are reached. */
export interface Applier {
  /** Throws the store's trouble. */
  readonly apply: (config: PitwallConfig) => Promise<void>;
  /** The same for a change while running: while the store is in trouble it is tried again until `signal` aborts. */
  readonly change: (config: PitwallConfig, signal: AbortSignal) => Promise<void>;
  /** Takes over a token that was changed behind its reference. */
  readonly secretsChanged: () => Promise<void>;
  /** The configuration in force; there is one after the first `apply`. */
  readonly applied: () => PitwallConfig;
}

export interface ApplierParts {
  readonly store: Store;
  readonly loop: Loop;
  /** Takes the windows of planned work. */
  readonly plan: (windows: PitwallConfig["maintenance"]) => void;
  readonly transports: OwnedTransports;
  readonly notices: Notices;
  /** Seals what the web needs of secrets. */
  readonly keyring: Keyring;
  readonly secret: (reference: string) => Result<string>;
  /** What a configuration asks of its hosts. */
  readonly grants: (config: PitwallConfig) => readonly Grant[];
  /** Asks the providers for the secrets of a configuration, before anything of it is polled. */
  readonly prepare: (config: PitwallConfig) => Promise<void>;
  readonly log: Logger;
  readonly now: () => number;
}

const retryMs = 1_000;

export function createApplier({
  store,
  loop,
  plan,
  transports,
  notices,
  keyring,
  secret,
  grants,
  prepare,
  log,
  now,
}: ApplierParts): Applier {
  let applied: PitwallConfig | undefined;
  let known: readonly Grant[] = [];

  async function apply(config: PitwallConfig): Promise<void> {
    if (reachChanged(applied, config)) transports.replaceReach(config.reach);
    await prepare(config);
    const token = eventsTokenOf(config, secret);
    const oidc = oidcSecretOf(config, secret);
    const stored = await store.write(async (writing) => {
      await writeTokenHash(writing, "events", token.ok ? token.value : null, now());
      await writeAccessSettings(writing, config.access.settings, now());
      await writeDeclaredRunbooks(writing, config.runbooks, now());
      tellOidc(await sealOidc(writing, oidc));
      const change = await applyServices(writing, config.services.map(serviceRowOf), now());
      const ways = [
        ...(hostsChanged(applied, config) ? ["hosts changed"] : []),
        ...(reachChanged(applied, config) ? ["what may be reached changed"] : []),
        ...(runbooksChanged(applied, config) ? ["runbooks changed"] : []),
      ];
      const text = wordsOf(change, applied === undefined, ways);
      if (text !== null) await insertEvents(writing, [{ at: now(), kind: "config", text }]);
      if (applied?.digest !== config.digest) await insertAudit(writing, auditOf(applied, config, change, now()));
      return new Map((await listStates(writing)).map((state) => [state.serviceId, stateFrom(state)]));
    });
    const granted = grants(config);
    if (hostsChanged(applied, config) || !isDeepStrictEqual(known, granted)) {
      transports.replaceHosts(config.hosts, granted);
      known = granted;
    }
    loop.apply(config, stored);
    plan(config.maintenance);
    applied = config;
    notices.clear("config");
    tellToken(token);
    log.info({ services: config.services.length, digest: config.digest.slice(0, 12) }, "configuration applied");
  }

  function tellToken(token: Result<string | null, string>): void {
    if (token.ok) notices.clear("events");
    else notices.set("events", `nobody can send events: ${token.error}`, now());
  }

  async function sealOidc(writing: Writing, oidc: Result<string | null, string>): Promise<Result<void, string>> {
    const kept = await writeSealed(writing, keyring, oidcSecretPlace, oidc.ok ? oidc.value : null, now());
    return oidc.ok ? kept : oidc;
  }

  function tellOidc(kept: Result<unknown, string>): void {
    if (kept.ok) notices.clear("oidc");
    else notices.set("oidc", `nobody can sign in by OpenID Connect: ${kept.error}`, now());
  }

  return {
    apply,
    secretsChanged: async () => {
      if (applied === undefined) return;
      const token = eventsTokenOf(applied, secret);
      const oidc = oidcSecretOf(applied, secret);
      await store.write(async (writing) => {
        await writeTokenHash(writing, "events", token.ok ? token.value : null, now());
        tellOidc(await sealOidc(writing, oidc));
      });
      tellToken(token);
    },
    applied: () => {
      if (applied === undefined) throw new Error("no configuration was applied yet");
      return applied;
    },
    change: async (config, signal) => {
      while (!signal.aborted) {
        try {
          return await apply(config);
        } catch (error) {
          const trouble = storeTroubleOf(error);
          if (trouble === null) throw error;
          notices.set("config", `the changed configuration is not applied yet: ${trouble.what}`, now());
          await rest(retryMs, undefined, { signal }).catch(() => undefined);
        }
      }
    },
  };
}

/** A start is told as well: which configuration is in force from then on. */
function auditOf(
  before: PitwallConfig | undefined,
  { file, digest }: PitwallConfig,
  change: AppliedChange,
  at: number,
): AuditEntry {
  const told = { at, actor: systemActor("configuration"), command: "apply-config", target: file };
  const was = before === undefined ? {} : { before: { digest: before.digest } };
  return { ...told, ...was, after: { digest, ...change } };
}

/** What the token for events hashes to; `null` when none is wanted. The web process compares, and never sees the token. */
function eventsTokenOf({ eventsToken }: PitwallConfig, secret: ApplierParts["secret"]): Result<string | null, string> {
  if (eventsToken === undefined) return ok(null);
  const token = secret(eventsToken);
  if (!token.ok) return err(token.error.what);
  if (token.value.length >= shortestToken) return ok(hashToken(token.value));
  return err(`the token behind ${eventsToken} has under ${shortestToken} characters and could be guessed`);
}

/** The secret that belongs to the OpenID client; `null` when none is wanted. */
function oidcSecretOf({ access }: PitwallConfig, secret: ApplierParts["secret"]): Result<string | null, string> {
  if (access.oidcSecret === null) return ok(null);
  const found = secret(access.oidcSecret);
  return found.ok ? found : err(found.error.what);
}

function hostsChanged(before: PitwallConfig | undefined, after: PitwallConfig): boolean {
  return before !== undefined && !isDeepStrictEqual(before.hosts, after.hosts);
}

function reachChanged(before: PitwallConfig | undefined, after: PitwallConfig): boolean {
  return before !== undefined && !isDeepStrictEqual(before.reach, after.reach);
}

function runbooksChanged(before: PitwallConfig | undefined, after: PitwallConfig): boolean {
  return before !== undefined && !isDeepStrictEqual(before.runbooks, after.runbooks);
}

/** `null` when nothing changed. Long lists are cut: the timeline is for reading. */
function wordsOf(change: AppliedChange, first: boolean, ways: readonly string[]): string | null {
  const some = (ids: readonly string[]) => {
    const shown = ids.slice(0, 5).join(", ");
    return ids.length > 5 ? `${shown} and ${ids.length - 5} more` : shown;
  };
  const parts = [
    ...(change.added.length > 0 ? [`added ${some(change.added)}`] : []),
    ...(change.changed.length > 0 ? [`changed ${some(change.changed)}`] : []),
    ...(change.removed.length > 0 ? [`removed ${some(change.removed)}`] : []),
    ...ways,
  ];
  if (parts.length === 0) return null;
  return `Configuration ${first ? "read" : "changed"}: ${parts.join("; ")}`;
}
