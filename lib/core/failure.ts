/**
 * Why a poll, a probe or a step brought nothing back. One closed list for all transports and parsers,
 * so that nobody searches a message for words. `what` is for a person; `kind` is for code.
 */
export const failureKinds = {
  refused: "Nothing listens at that address. Is the program running, and is the port right?",
  timeout: "No answer within the deadline. The target is overloaded, hung, or a firewall drops packets.",
  stalled: "It accepted the connection and then stopped sending. Look for a hung process behind it.",
  unreachable: "No route to the address. Check the network, the firewall and the address itself.",
  "name-not-found": "The name does not resolve. Check the spelling and the name server.",
  reset: "The other side closed the connection before it answered.",
  "too-large": "The answer was over the size bound and was cut off. It is not what this check expects.",
  "too-much-work":
    "What is looked for takes too much work in so long a text. Make the pattern or the path simpler, or ask for a shorter page.",
  "bad-encoding": "The compressed answer is damaged or unpacks to more than the size bound.",
  "wrong-content-type": "The address answers with another kind of document. Check the path.",
  malformed: "The answer is truncated or not in the expected format.",
  "not-http": "Something listens there, but it does not speak HTTP.",
  tls: "The TLS handshake failed. Check certificate, name and protocol.",
  "redirect-loop": "It redirects in a circle.",
  unauthorized: "User name or password was refused. Check the secret that the configuration refers to.",
  forbidden: "The login works, but lacks the right to do this.",
  "missing-grant": "The database role lacks a grant. GRANT pg_monitor TO it.",
  "too-many-connections": "All connection slots are taken.",
  "starting-up": "It is starting up or shutting down and takes no connections yet.",
  "unsupported-version": "This version is not supported.",
  "host-key-unknown": "No host key is pinned for this host. Pin it in pitwall.yaml after checking it by another way.",
  "host-key-changed":
    "The host key is not the pinned one. Someone may be in between; check before you pin the new key.",
  "sudo-required":
    "The command needs a sudo right that the user lacks. Add the sudoers line from the integration's page.",
  "command-not-found": "The command is not installed on that host or not in its PATH.",
  "not-running": "The program is not running on that host.",
  "ambiguous-instance": "Several instances run there. Name one in pitwall.yaml.",
  "no-such-object": "The named object does not exist there.",
  "command-failed": "The command ended with an error.",
  "bastion-failed": "The bastion hop failed, so the host behind it could not be reached.",
  "secret-missing": "The secret that the configuration refers to is not there, or its provider did not give it.",
  "not-allowed":
    "Pitwall does not ask this address. If it is meant, name it under `reach: allow` in pitwall.yaml; if a name or a redirect led there, find out who sent it.",
  "not-heard":
    "It reports itself, and nothing came that could tell how it is. The next report decides; until then it is unknown.",
  "cannot-see":
    "Pitwall lost its own sight, so this says nothing of the service. Check the network of Pitwall's machine.",
  damaged:
    "Pitwall's own store gave back other bytes than it was given. Check the disk that it lies on; what is kept of other times and services is not concerned.",
  aborted: "Stopped before it ended.",
  internal: "Pitwall itself failed here. This is a bug: please report it.",
} as const;

export type FailureKind = keyof typeof failureKinds;

export interface Failure {
  readonly kind: FailureKind;
  /** What happened and where, in one sentence without a full stop: `no answer from 10.0.0.5:80 within 2 s`. */
  readonly what: string;
  /** What the other side said, already bounded and free of control characters. */
  readonly said?: string;
  readonly afterMs?: number;
  /** A connection stood: whatever failed, the network carried it there. */
  readonly connected?: true;
  /** A command was begun and could not be proven to have ended: it may still run over there. */
  readonly mayStillRun?: true;
  /** It was ended over there, and was seen to be gone. */
  readonly provenGone?: true;
  /** Where it may still run, if that is known. */
  readonly runsOn?: RunsOn;
}

/** A process, or the leader of a group of them, on a host. */
export interface RunsOn {
  readonly host: string;
  readonly pid: number | null;
}

export function failure(kind: FailureKind, what: string, more: Omit<Failure, "kind" | "what"> = {}): Failure {
  return { kind, what, ...more };
}

/** What to do about it, a sentence for a person. */
export function adviceFor(kind: FailureKind): string {
  return failureKinds[kind];
}
