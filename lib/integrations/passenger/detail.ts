import type { Failure } from "#lib/core/failure.ts";

/** What one poll knows of Passenger on all hosts of a service. Ages are seconds at the time of the poll; `null` is "not measured". */
export interface PassengerDetail {
  /** In the order of the configuration. */
  readonly nodes: readonly PassengerNode[];
  /** Sums over the nodes that could be looked at. */
  readonly totals: PassengerTotals;
}

export interface PassengerTotals {
  readonly nodes: number;
  /** Nodes whose Passenger answered. */
  readonly answering: number;
  readonly processes: number;
  readonly queued: number;
  /** Requests seen by Passenger, queued ones included; `null` when no node told. */
  readonly inFlight: number | null;
}

export interface PassengerNode {
  readonly name: string;
  /** Host it is asked on, as configured. */
  readonly host: string;
  /** Why there is no pool: `not-running` is Passenger's own trouble, all other kinds mean that nobody could look. */
  readonly failure: Failure | null;
  readonly pool: PassengerPool | null;
  /** Only those the service's `app` filter lets through. An app without a process and without a slot is not listed by Passenger. */
  readonly apps: readonly PassengerApp[];
  /** Requests in flight by path, most first, at most 20; `null` when they could not be read. */
  readonly requests: readonly RequestGroup[] | null;
  readonly requestsFailure: Failure | null;
  /** All requests in flight, also those of paths not listed above. */
  readonly inFlight: number | null;
  /** Whether the configuration names a command that restarts its web server. */
  readonly restartable: boolean;
}

export interface PassengerPool {
  readonly version: string | null;
  /** Process slots. */
  readonly max: number | null;
  readonly processes: number | null;
  /** Slots taken or about to be. */
  readonly capacityUsed: number | null;
  /** Requests for which no process slot exists at all. */
  readonly topLevelQueue: number | null;
  /** Top level and all listed apps. */
  readonly queued: number;
}

export interface PassengerApp {
  /** Group name, path and environment: `/srv/learn (production)`. */
  readonly name: string;
  /** What a person calls it: the last meaningful part of its path. */
  readonly label: string;
  /** Changes at each restart. */
  readonly uuid: string | null;
  readonly queue: number;
  /** Largest queue before Passenger answers 503, as configured for the service. */
  readonly queueLimit: number;
  readonly enabledProcesses: number | null;
  readonly disablingProcesses: number | null;
  readonly disabledProcesses: number | null;
  readonly spawning: number | null;
  readonly minProcesses: number | null;
  readonly maxProcesses: number | null;
  /** `ALIVE`, `SHUTTING_DOWN`, `SHUT_DOWN`. */
  readonly lifeStatus: string | null;
  /** No process serves it, none is being started, and one should be there. */
  readonly cannotStart: boolean;
  readonly processes: readonly PassengerProcess[];
}

export interface PassengerProcess {
  readonly pid: number;
  /** Requests inside it. */
  readonly sessions: number | null;
  /** Requests it takes at once; 0 is "unlimited" (Node.js). */
  readonly concurrency: number | null;
  /** Takes no further request. */
  readonly full: boolean;
  /** Private memory in bytes. */
  readonly memoryBytes: number | null;
  readonly cpuPercent: number | null;
  /** Requests finished since it was started. */
  readonly processed: number | null;
  readonly uptimeS: number | null;
  /** Since its last request started. */
  readonly lastUsedAgoS: number | null;
  /** `ALIVE`, `SHUTDOWN_TRIGGERED`, `DEAD`. */
  readonly lifeStatus: string | null;
  /** `ENABLED`, `DISABLING`, `DISABLED`, `DETACHED`. */
  readonly enabled: string | null;
  /** Still holds a request, or was told to go, and took up nothing new for longer than `stuckAfter`. */
  readonly stuck: boolean;
}

export interface RequestGroup {
  /** Path without its query string; ids are `:id`. */
  readonly path: string;
  readonly count: number;
  /** Wait for a process. */
  readonly queued: number;
  /** Are being worked on. */
  readonly inApp: number;
  readonly oldestAgeS: number | null;
  /** Methods seen, for the reader: `GET`. */
  readonly methods: readonly string[];
}
