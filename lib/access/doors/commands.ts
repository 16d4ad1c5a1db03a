import type { CommandDoor, Risk } from "#lib/access/doors/door.ts";
import type { Permission } from "#lib/access/roles.ts";

/** Safe and disruptive actions take a responder, those that may lose data or the whole service an operator. */
const byRisk = {
  none: "act",
  low: "act",
  medium: "act",
  high: "act-at-high-risk",
  critical: "act-at-high-risk",
} as const satisfies Readonly<Record<Risk, Permission>>;

/** Every command, by the name of its function in kebab case. */
export const commandDoors = {
  "acknowledge-heal": { needs: "act", summary: "Let a heal rule go on that stopped itself" },
  "add-token": { needs: "administer", summary: "Make a token" },
  "approve-run": { needs: byRisk, summary: "Approve or deny what somebody else confirmed, by its risk" },
  "begin-maintenance": { needs: "respond", summary: "Begin planned work" },
  "cancel-run": {
    needs: "act",
    summary: "Ask a run to stop, whatever its risk: stopping must be easier than starting",
  },
  "choose-confirmation": { needs: "respond", summary: "Choose how a service's trouble is confirmed" },
  "comment-incident": { needs: "respond", summary: "Comment on an incident" },
  "confirm-run": { needs: byRisk, summary: "Confirm a run's plan, by its risk" },
  "disable-person": { needs: "administer", summary: "Close an account" },
  "enable-person": { needs: "administer", summary: "Open a closed account again" },
  "end-other-sessions": { needs: "look", summary: "Sign out everywhere else" },
  "end-own-session": { needs: "look", summary: "End a session of one's own" },
  "end-maintenance": { needs: "respond", summary: "End planned work" },
  "export-audit": { needs: "administer", summary: "Take the audit log away as a file" },
  "finish-runbook": { needs: "respond", summary: "End a runbook and write down what came of it" },
  "invite-person": { needs: "administer", summary: "Make an account and a link that opens it" },
  "make-demo-link": { needs: "administer", summary: "Make a link that signs in a demo's user" },
  "make-setup-link": { needs: "administer", summary: "Make a link that makes the first account" },
  "mark-runbook": { needs: "respond", summary: "Tick, answer, pass by or take back a step of a runbook" },
  "mute-service": { needs: "respond", summary: "Acknowledge or silence a service" },
  "post-marker": { needs: "send-events", summary: "Put a marker on the timeline" },
  "record-heartbeat": { needs: "send-heartbeats", summary: "Say how a run of a job goes" },
  "refuse-dependency": { needs: "respond", summary: "Refuse a found dependency, or take that back" },
  "request-poll": { needs: ["respond", "request-polls"], summary: "Poll now" },
  "request-run": { needs: byRisk, summary: "Ask for a run, by its risk" },
  "reset-person": { needs: "administer", summary: "Take away every way to sign in, and make a link for a new one" },
  "revoke-sessions": { needs: "administer", summary: "End all sessions of a person" },
  "revoke-token": { needs: "administer", summary: "Revoke a token" },
  "revoke-snapshot": { needs: "respond", summary: "Take a shared snapshot back" },
  "settle-run": { needs: "act", summary: "Say how it is with what a run left" },
  "set-grants": { needs: "administer", summary: "Give and take a person's roles" },
  "share-snapshot": { needs: "respond", summary: "Share a snapshot of what one sees" },
  "start-runbook": { needs: "respond", summary: "Follow a runbook, or join who does" },
  "switch-automation": { needs: "act", summary: "Switch off or on what rules start by themselves" },
  "undo-run": { needs: byRisk, summary: "Put back what a run did, by its risk" },
  "unmute-service": { needs: "respond", summary: "Take an acknowledgement or a silence back" },
} as const satisfies Readonly<Record<string, CommandDoor>>;

export type CommandName = keyof typeof commandDoors;
