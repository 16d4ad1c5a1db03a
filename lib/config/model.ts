import type { ActionConfig, UnitConfig } from "#lib/config/actions-schema.ts";
import type { AccessSettings, ProxyHeaders } from "#lib/core/access-settings.ts";
import type { HealRule } from "#lib/core/heal.ts";
import type { MaintenanceWindow } from "#lib/core/maintenance.ts";
import type { RuleOverride } from "#lib/core/rule.ts";
import type { DeclaredRunbook } from "#lib/core/runbook.ts";
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
  readonly audit: AuditConfig;
  readonly heal: HealingConfig;
  /** Planned work, once or by a rule. */
  readonly maintenance: readonly MaintenanceWindow[];
  /** The team's own runbooks, and its word about those that the kinds bring. */
  readonly runbooks: readonly DeclaredRunbook[];
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
  /** Headers by which such a proxy says who asks; `null`: it does not. */
  readonly userHeaders: ProxyHeaders | null;
}

/** Signing in. */
export interface AccessConfig {
  readonly settings: AccessSettings;
  /** Reference to the secret that belongs to the OpenID client; `null` where there is none. */
  readonly oidcSecret: string | null;
}

/** How long the audit log is kept, and where its oldest rows go. */
export interface AuditConfig {
  readonly keepMs: number;
  /** Absolute; `null`: nowhere. */
  readonly archiveFolder: string | null;
}

/** What holds for all heal rules. */
export interface HealingConfig {
  /** Percent of all services: while more are down or unseen at once, no rule starts anything. */
  readonly massFailure: number;
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
  /** Reference to the key of what acts, where it is another one. */
  readonly actKey?: string;
  /** `wrapper`: a forced command runs what the host's own allow-list names. */
  readonly mode?: "template" | "wrapper";
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
  /** Remedies of the team's own; none where it is left out. */
  readonly actions?: readonly ActionConfig[];
  /** Units of systemd that may be restarted; none where it is left out. */
  readonly units?: readonly UnitConfig[];
  /** What may be started without a person. */
  readonly heal?: readonly HealRule[];
  /** The kind's own keys, parsed by its manifest's schema. */
  readonly config: unknown;
  /** It is expected to report itself. */
  readonly reports?: true;
}
