import { z } from "zod";
import { type ApiRequest, askApi, orThrow } from "#lib/wire/request.ts";
import { type Opened, opened } from "#lib/wire/sign-in.ts";

/** Asks the door of signing in; throws the problem it answers. */
export function askDoor<T>(path: string, schema: z.ZodType<T>, request: ApiRequest = {}): Promise<T> {
  return orThrow(askApi(`/api/auth${path}`, schema, request));
}

/** Gives a proof of who one is. */
export function prove(path: string, body: unknown): Promise<Opened> {
  return askDoor(path, opened, { method: "POST", body });
}

export const done = z.object({}).loose();
