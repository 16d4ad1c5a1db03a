import { storeTroubleOf } from "#lib/store/store-trouble.ts";
import { signInDoor } from "../../../sign-in-door.ts";
import { refusedAtTheDoor } from "../../v1/_http/authorise.ts";
import { httpProblem, problemOf } from "../../v1/_http/problem.ts";

/** Signing in and out, and what belongs to it: better-auth behind a list of what is wanted of it. */
async function answer(request: Request): Promise<Response> {
  const refused = refusedAtTheDoor(request, "sign-in");
  if (refused !== null) return refused;
  const { pathname } = new URL(request.url);
  try {
    const open = await signInDoor(request.headers);
    const answered = await open(request);
    return answered.ok ? answered.value : problemOf(answered.error, pathname);
  } catch (cause) {
    const trouble = storeTroubleOf(cause);
    if (trouble !== null) return problemOf({ code: "store-unavailable", detail: trouble.what }, pathname);
    console.error(`${request.method} ${pathname} failed`, cause);
    return httpProblem("internal", "This is a bug; the log has the reason.", pathname);
  }
}

export { answer as DELETE, answer as GET, answer as OPTIONS, answer as PATCH, answer as POST, answer as PUT };
