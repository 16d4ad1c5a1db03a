import { createHash } from "node:crypto";
import { z } from "zod";
import { longestGroup, mostGroups, type VouchedPerson } from "#lib/access/vouched/person.ts";
import { foreignLine } from "#lib/core/foreign-text.ts";
import { emailAddress } from "#lib/wire/sign-in.ts";

/** By which the front tells what a trusted proxy said of who asks. It drops any that a client sends. */
export const proxyWordHeader = "x-pitwall-user";

/** As the proxy said it; the front has seen that it said each once, and that it is text. */
const proxyWord = z.object({
  user: z.string().min(1),
  email: z.string().nullable(),
  name: z.string().nullable(),
  groups: z.array(z.string()),
});
export type ProxyWord = z.infer<typeof proxyWord>;

/** For the header: any text in few letters. */
export function encodeProxyWord(word: ProxyWord): string {
  return Buffer.from(JSON.stringify(word), "utf8").toString("base64url");
}

/** Whom the proxy in front vouches for in this request; `null`: nobody. */
export function proxyWordOf(headers: Headers): { readonly person: VouchedPerson; readonly voucher: string } | null {
  const told = headers.get(proxyWordHeader);
  if (told === null) return null;
  const { user, email, name, groups } = proxyWord.parse(JSON.parse(Buffer.from(told, "base64url").toString("utf8")));
  const address = emailAddress.safeParse(email ?? user);
  const person: VouchedPerson = {
    by: "proxy",
    source: "proxy",
    subject: user,
    email: address.success ? address.data : null,
    // Whom the proxy lets in, and by which address, is its own to check.
    emailVerified: address.success ? true : null,
    name: name === null || name.trim() === "" ? null : foreignLine(name, 120),
    groups: groups.filter((group) => group !== "" && group.length <= longestGroup).slice(0, mostGroups),
  };
  return { person, voucher: createHash("sha256").update(told, "utf8").digest("hex") };
}
