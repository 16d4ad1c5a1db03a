import type { PageDoor } from "#lib/access/doors/door.ts";

/** Every page, by its address. */
export const pageDoors = {
  "/": { needs: "look", summary: "The board" },
  "/account": { needs: "anyone", summary: "One's own account: whoever is signed in, whatever they may" },
  "/heals": { needs: "look", summary: "What rules did by themselves, and what they did not do" },
  "/incidents": { needs: "look", summary: "What was and is broken" },
  "/incidents/[id]": { needs: "look", summary: "One incident" },
  "/not-allowed": { needs: "anyone", summary: "What somebody sees who may not open a page" },
  "/prove": { needs: "anyone", summary: "Proving by the OpenID provider once more who one is" },
  "/runbooks/[id]": { needs: "look", summary: "A runbook that is or was followed" },
  "/runs": { needs: "look", summary: "Everything that was done" },
  "/runs/[id]": { needs: "look", summary: "One run with its journal" },
  "/services/[id]": { needs: "look", summary: "One service" },
  "/services/[id]/runbooks/[runbook]": { needs: "look", summary: "A runbook by the state of the board" },
  "/snapshots": { needs: "look", summary: "Shared snapshots and their links" },
  "/sign-in": { needs: "anyone", summary: "Signing in" },
  "/welcome": {
    needs: "anyone",
    summary: "Using a link that works once: the first account, an invitation, a new password",
  },
  "/settings/api": { needs: "look", summary: "Every door of the API, for people to read" },
  "/settings/audit": { needs: "administer", summary: "The audit log: who did what" },
  "/settings/people": { needs: "administer", summary: "People: invite, roles, sessions" },
  "/settings/roles": { needs: "look", summary: "What each role may" },
  "/settings/tokens": { needs: "administer", summary: "Tokens for scripts and machines" },
  "/wall": { needs: "anyone", summary: "A live board to hang up; what it shows takes the token of its link" },
  "/s/[secret]": { needs: "anyone", summary: "A frozen board, for whoever has its link" },
} as const satisfies Readonly<Record<string, PageDoor>>;

export type PagePath = keyof typeof pageDoors;
