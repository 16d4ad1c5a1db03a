import { z } from "zod";
import type { Doors } from "#lib/access/doors/door.ts";
import { auditAsked, auditExportRequest, auditPageDto } from "#lib/wire/audit.ts";
import { grantsRequest, inviteRequest, personDto, personLinkDto } from "#lib/wire/person.ts";
import { tokenCreatedDto, tokenDto, tokenRequest } from "#lib/wire/token.ts";

const nothing = z.strictObject({});
const one = z.object({ id: z.string() });
const ofPeople = { needs: "administer", on: "none", limit: "api" } as const;

/** People, tokens, settings. */
export const administering = {
  "/api/v1/audit": {
    GET: { ...ofPeople, summary: "The audit log, newest first", query: auditAsked, answers: { 200: auditPageDto } },
  },
  "/api/v1/audit/export": {
    POST: {
      ...ofPeople,
      summary: "Take the audit log away as a file, CSV, JSON or JSON lines; that is audited",
      body: auditExportRequest,
      answers: { 200: z.string() },
      file: "text/csv",
    },
  },
  "/api/v1/people": {
    GET: {
      ...ofPeople,
      summary: "People with an account, and what each may",
      answers: { 200: z.object({ people: z.array(personDto) }) },
    },
    POST: {
      ...ofPeople,
      summary: "Invite a person; the link is told once, in the answer",
      body: inviteRequest,
      answers: { 201: personLinkDto },
      refuses: ["conflict"],
    },
  },
  "/api/v1/people/[id]/disable": {
    POST: {
      ...ofPeople,
      summary: "Close an account",
      body: nothing,
      answers: { 200: one },
      refuses: ["not-found", "conflict"],
    },
  },
  "/api/v1/people/[id]/enable": {
    POST: {
      ...ofPeople,
      summary: "Open a closed account again",
      body: nothing,
      answers: { 200: one },
      refuses: ["not-found"],
    },
  },
  "/api/v1/people/[id]/grants": {
    POST: {
      ...ofPeople,
      summary: "Replace what roles a person was given by hand",
      body: grantsRequest,
      answers: { 200: one },
      refuses: ["not-found", "conflict"],
    },
  },
  "/api/v1/people/[id]/reset": {
    POST: {
      ...ofPeople,
      summary: "Take away every way to sign in, and make a link for a new one",
      body: nothing,
      answers: { 201: personLinkDto },
      refuses: ["not-found", "conflict"],
    },
  },
  "/api/v1/people/[id]/sign-out": {
    POST: {
      ...ofPeople,
      summary: "End all sessions of a person",
      body: nothing,
      answers: { 200: z.object({ ended: z.number() }) },
      refuses: ["not-found"],
    },
  },
  "/api/v1/tokens": {
    GET: {
      needs: "administer",
      on: "sight",
      limit: "api",
      summary: "Tokens, with when each was last used",
      answers: { 200: z.object({ tokens: z.array(tokenDto) }) },
    },
    POST: {
      needs: "administer",
      on: "body",
      limit: "api",
      summary: "Make a token; it is told once, in the answer",
      body: tokenRequest,
      answers: { 201: tokenCreatedDto },
      refuses: ["not-found"],
    },
  },
  "/api/v1/tokens/[id]/revoke": {
    POST: {
      needs: "administer",
      on: "row",
      limit: "api",
      summary: "Revoke a token: it opens nothing from now on",
      body: z.strictObject({}),
      answers: { 200: z.object({ id: z.string() }) },
      refuses: ["not-found"],
    },
  },
} as const satisfies Doors;
