import type { AccessSettings } from "#lib/core/access-settings.ts";
import type { MaintenanceWindow } from "#lib/core/maintenance.ts";
import type { RuleOverride } from "#lib/core/rule.ts";
import type { StatePolicy } from "#lib/core/state.ts";

/** pitwall.yaml after it was read and found good. Secrets stay references (`env:NAME`, `file:path`). */
export interface PitwallConfig {
  /** Absolute path it was read from. */
  readonly file: string;
  /** Digest of its text: tells one version from another. */
  readonly digest: string;
  /** Under which names Pitwall itself is reached, and how. */
  readonly front: FrontConfig;
  readonly hosts: Readonly<Record<string, HostConfig>>;
  readonly history: HistoryConfig;
  readonly reach: ReachConfig;
  /** Where secrets come from beside `env:` and `file:`, by the name that references begin with. */
  readonly secrets: Readonly<Record<string, SecretsConfig>>;
  /** Reference to the token that opens `POST /api/v1/events`. */
  readonly eventsToken?: string;
  readonly access: AccessConfig;
  /** Planned work, once or by a rule. */
  readonly maintenance: readonly MaintenanceWindow[];
  /** In the order of the file. */
  readonly services: readonly ServiceConfig[];
}

export interface FrontConfig {
  /** Origins like `https://pitwall.example.com`; the first is the one that links are made with. */
  readonly urls: readonly string[];
  /** Absolute paths of the certificate with its chain and of its key. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  /** Addresses and networks whose word about a request's origin counts. */
  readonly trustedProxies: readonly string[];
}

/** Signing in. */
export interface AccessConfig {
  readonly settings: AccessSettings;
  /** Reference to the secret that belongs to the OpenID client; `null` where there is none. */
  readonly oidcSecret: string | null;
}

/** How long what is kept. */
export interface HistoryConfig {
  readonly rawMs: number;
  readonly minutesMs: number;
  readonly hoursMs: number;
  /** Of the store on the disk; `null`: the disk decides. */
  readonly maxBytes: number | null;
}

/**
 * What may be asked: addresses, nets (`10.0.0.0/8`) and names (`db.example.com`, `*.example.com`). The most specific entry
 * decides, over a list of Pitwall's own of what is refused unless it is allowed.
 */
export interface ReachConfig {
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/** An entry under `secrets`. */
export interface SecretsConfig {
  readonly provider: string;
  /** The provider's own keys, parsed by its schema. */
  readonly config: unknown;
}

/** How to reach a machine by ssh. Host keys are pinned, and there is no way to switch that off. */
export interface HostConfig {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Reference to the private key. */
  readonly key: string;
  /** Pinned public host keys, as in known_hosts without the name: `ssh-ed25519 AAAA…`. */
  readonly hostKeys: readonly string[];
  /** Name of the host to hop through. */
  readonly via: string | null;
}

export interface ServiceConfig {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly group: string | null;
  readonly dependsOn: readonly string[];
  /** Found dependencies that are none. */
  readonly refuse?: readonly string[];
  readonly intervalMs: number;
  /** Deadline of one whole poll. */
  readonly timeoutMs: number;
  /** Until a change is confirmed it is polled this soon again. */
  readonly retryMs: number;
  /** How what it shows is confirmed. */
  readonly policy: StatePolicy;
  readonly rules: Readonly<Record<string, RuleOverride>>;
  /** The kind's own keys, parsed by its manifest's schema. */
  readonly config: unknown;
}
