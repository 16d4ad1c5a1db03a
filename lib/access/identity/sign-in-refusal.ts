import { wrongPassword } from "#lib/access/identity/refused-tries.ts";
import { type ProblemCode, problemCodes, type Refusal } from "#lib/wire/problem.ts";

/** better-auth's words are for programs, and some tell strangers too much: each refusal gets one of ours. */
export async function refusalOf(path: string, answer: Response): Promise<Refusal> {
  const { code, message } = await problemIn(answer);
  if (answer.status === 503 && code === "TOO_MANY_WAITING") return tooMany(5);
  // Ours, and in our own words.
  if (path.startsWith("/oidc/") || path === "/proxy/enter")
    return isProblemCode(code) ? { code, detail: message } : { code: "unauthorized", detail: "It was not accepted." };
  if (answer.status === 404 || answer.status === 410) return { code: "gone", detail: message };
  if (path === "/link/use" || path === "/link/look") return { code: "invalid-request", detail: message };
  if (code === "SESSION_NOT_FRESH") return reauthenticationNeeded;
  if (path === "/sign-in/email") {
    return { code: "unauthorized", detail: "The address or the password is wrong, or the account is closed." };
  }
  if (path.startsWith("/two-factor/verify-")) return wrongCode;
  if (path.startsWith("/passkey/")) return { code: "unauthorized", detail: "The passkey was not accepted." };
  if (code === "INVALID_PASSWORD") return { code: "invalid-request", detail: wrongPassword };
  if (answer.status === 401) return { code: "unauthorized", detail: "Sign in first." };
  if (answer.status === 403) return { code: "forbidden", detail: "This is not allowed from here." };
  return { code: "invalid-request", detail: "The request is not understood." };
}

/** After so many seconds it may be tried again. */
export function tooMany(seconds: number): Refusal {
  const detail = `Too many tries. Wait ${seconds} seconds, then try again.`;
  return { code: "too-many-requests", detail, retryAfterMs: seconds * 1_000 };
}

/** Of a code of an authenticator, or a recovery code. */
export const wrongCode: Refusal = {
  code: "unauthorized",
  detail: "The code is wrong, was used before, or has run out. Take the one that is shown now, or wait for the next.",
};

/** Before something grave, whoever is signed in proves it once more. */
export const reauthenticationNeeded: Refusal = {
  code: "reauthentication-needed",
  detail: "Prove once more that it is you: your last proof is too old for this.",
};

function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemCodes, code);
}

async function problemIn(answer: Response): Promise<{ readonly code: string; readonly message: string }> {
  const told: unknown = await answer.json().catch(() => null);
  const field = (name: string) => {
    const value = typeof told === "object" && told !== null ? (told as Record<string, unknown>)[name] : undefined;
    return typeof value === "string" ? value.slice(0, 2_000) : "";
  };
  return { code: field("code"), message: field("message") };
}
