import { refusedAtTheDoor } from "../v1/_http/authorise.ts";
import { problemOf } from "../v1/_http/problem.ts";

const notFound = async (request: Request) =>
  refusedAtTheDoor(request, "no door") ??
  problemOf({ code: "not-found", detail: "There is no such address in this API." }, new URL(request.url).pathname);

export const GET = notFound;
export const POST = notFound;
export const PUT = notFound;
export const PATCH = notFound;
export const DELETE = notFound;
export const OPTIONS = notFound;
