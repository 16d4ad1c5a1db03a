import { createHash } from "node:crypto";
import type { SecretsConfig } from "#lib/config/model.ts";
import { parseReference } from "#lib/config/secrets.ts";
import { type Failure, failure } from "#lib/core/failure.ts";
import { err, ok, type Result } from "#lib/core/result.ts";
import type { Provider, ProviderWays } from "#lib/secrets/provider.ts";
import { providerKinds } from "#lib/secrets/registry.ts";
import type { Transports } from "#lib/transports/types.ts";

/** Keeps what providers gave, and asks them again in time. Nothing of it is ever written down. */
export interface SecretKeeper {
  /** `undefined` for a reference that is not in use. */
  readonly value: (reference: string) => Result<string> | undefined;
  readonly use: (
    references: readonly string[],
    providers: Readonly<Record<string, SecretsConfig>>,
    transports: Pick<Transports, "http" | "ssh">,
  ) => Promise<void>;
  readonly look: () => Promise<readonly string[]>;
  readonly trouble: () => string | null;
}

interface Kept {
  readonly reference: string;
  readonly locator: string;
  readonly name: string;
  readonly provider: Provider;
  readonly refreshMs: number;
  value: string | undefined;
  failure: Failure | null;
  /** Monotonic milliseconds. */
  dueAt: number;
  retryMs: number;
}

/** A provider that hangs must not keep the poller from starting. */
const firstAnswersMs = 5_000;
const askMs = 30_000;
const firstRetryMs = 2_000;
const longestRetryMs = 60_000;
/** How often files and variables are compared with what they were. */
const ownEveryMs = 2_000;

export function createSecretKeeper(
  ways: Pick<ProviderWays, "env" | "folder" | "secret" | "hide">,
  tick: () => number = () => performance.now(),
): SecretKeeper {
  let kept: ReadonlyMap<string, Kept> = new Map();
  /** Digests of what `env:` and `file:` references led to last. */
  let own: ReadonlyMap<string, string> = new Map();
  let ownDueAt = 0;
  /** Not told yet. */
  const changed = new Set<string>();
  let opened: { readonly from: string; readonly providers: ReadonlyMap<string, Provider> } | undefined;

  function open(
    providers: Readonly<Record<string, SecretsConfig>>,
    transports: Pick<Transports, "http" | "ssh">,
  ): ReadonlyMap<string, Provider> {
    const from = JSON.stringify(providers);
    // A provider that stays keeps its login.
    if (opened?.from === from) return opened.providers;
    const made = Object.entries(providers).flatMap(([name, { provider, config }]) => {
      const one = providerKinds[provider]?.open(config, { ...ways, ...transports, tick });
      return one === undefined ? [] : [[name, one] as const];
    });
    opened = { from, providers: new Map(made) };
    return opened.providers;
  }

  async function ask(one: Kept): Promise<void> {
    // Asked for at this moment; a bug in a provider must not keep it so for ever.
    one.dueAt = tick() + askMs + longestRetryMs;
    const read = await one.provider.read(one.locator, AbortSignal.timeout(askMs));
    if (!read.ok) {
      one.failure = read.error;
      // What the provider says is gone is gone; what it cannot be asked for is still what it was.
      if (read.error.kind === "secret-missing" && one.value !== undefined) {
        one.value = undefined;
        changed.add(one.reference);
      }
      one.dueAt = tick() + one.retryMs;
      one.retryMs = Math.min(longestRetryMs, one.retryMs * 2);
      return;
    }
    const { value, goodForMs } = read.value;
    if (one.value !== value) changed.add(one.reference);
    ways.hide(value);
    one.value = value;
    one.failure = null;
    one.retryMs = firstRetryMs;
    one.dueAt = tick() + Math.max(1_000, Math.min(one.refreshMs, (goodForMs ?? Number.POSITIVE_INFINITY) * (2 / 3)));
  }

  async function askDue(): Promise<void> {
    await Promise.all([...kept.values()].filter(({ dueAt }) => tick() >= dueAt).map(ask));
  }

  function lookAtOwn(): void {
    if (tick() < ownDueAt) return;
    ownDueAt = tick() + ownEveryMs;
    const now = new Map([...own.keys()].map((reference) => [reference, digestOf(ways.secret(reference))]));
    for (const [reference, digest] of now) if (own.get(reference) !== digest) changed.add(reference);
    own = now;
  }

  return {
    value: (reference) => {
      const one = kept.get(reference);
      if (one === undefined) return undefined;
      if (one.value !== undefined) return ok(one.value);
      return err(secretMissing(one));
    },
    use: async (references, providers, transports) => {
      const open_ = open(providers, transports);
      const ofProviders = references.flatMap((reference) => {
        const { provider: name = "", locator = "" } = parseReference(reference) ?? {};
        const provider = open_.get(name);
        const entry = providers[name];
        if (provider === undefined || entry === undefined) return [];
        const before = kept.get(reference);
        const refreshMs = providerKinds[entry.provider]?.refreshMs(entry.config) ?? firstRetryMs;
        const fresh = { value: undefined, failure: null, dueAt: 0, retryMs: firstRetryMs };
        const state = before?.provider === provider ? before : { ...fresh, value: before?.value };
        return [[reference, { ...state, reference, locator, name, provider, refreshMs }] as const];
      });
      kept = new Map(ofProviders);
      const others = references.filter((reference) => !kept.has(reference));
      own = new Map(others.map((reference) => [reference, digestOf(ways.secret(reference))]));
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<boolean>((resolve) => {
        timer = setTimeout(resolve, firstAnswersMs, false);
      });
      changed.clear();
      // What answers in time is no change to whoever waits for this; what answers later is one.
      const inTime = await Promise.race([askDue().then(() => true), late]);
      if (inTime) changed.clear();
      clearTimeout(timer);
    },
    look: async () => {
      lookAtOwn();
      await askDue();
      const told = [...changed];
      changed.clear();
      return told;
    },
    trouble: () => {
      const failing = [...kept.values()].filter(({ failure: why }) => why !== null);
      const [first] = failing;
      if (first === undefined) return null;
      const old = failing.filter(({ value }) => value !== undefined).length;
      const last = old > 0 ? `; the last known ${old === 1 ? "value is" : `${old} values are`} used meanwhile` : "";
      return `secrets of ${[...new Set(failing.map(({ name }) => name))].join(", ")}: ${first.failure?.what}${last}`;
    },
  };
}

function secretMissing({ reference, failure: why }: Kept): Failure {
  return failure(
    "secret-missing",
    `the secret ${reference} is not known: ${why?.what ?? "its provider has not answered yet"}`,
  );
}

function digestOf(found: Result<string>): string {
  return found.ok ? createHash("sha256").update(found.value).digest("base64") : "";
}
