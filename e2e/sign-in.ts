/** What a script sends to be the person of a session. */
export interface SignedIn {
  readonly cookie: string;
}

/** Who the stories act as: the first account, an administrator. */
export const storyteller = { email: "ann@example.com", name: "Ann", password: "quiet harbour at night" } as const;

/** Uses a link that works once, `http://host:port/welcome#secret`, as its page does; tells the session's cookie. */
export async function signInBy(link: string, given: Readonly<Record<string, string>> = {}): Promise<SignedIn> {
  const { origin, hash } = new URL(link);
  return await signedIn(origin, "/link/use", { secret: hash.slice(1), ...given });
}

/** Signs in by a password. */
export function signInAs(origin: string, email: string, password: string): Promise<SignedIn> {
  return signedIn(origin, "/sign-in/email", { email, password });
}

async function signedIn(origin: string, path: string, body: unknown): Promise<SignedIn> {
  const answer = await fetch(`${origin}/api/auth${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`signing in was refused: ${answer.status} ${await answer.text()}`);
  const cookies = answer.headers.getSetCookie().map((line) => line.split(";", 1)[0] ?? "");
  await answer.body?.cancel();
  return { cookie: cookies.join("; ") };
}

/** The same for a browser. */
export function browserCookies({ cookie }: SignedIn): { readonly name: string; readonly value: string }[] {
  return cookie.split("; ").map((pair) => {
    const at = pair.indexOf("=");
    return { name: pair.slice(0, at), value: pair.slice(at + 1) };
  });
}
