import { BlockList, isIP } from "node:net";
import { z } from "zod";

const originWords = "expected an address without a path, like `https://pitwall.example.com`";

const origin = z
  .string()
  .refine(isOrigin, originWords)
  .transform((text) => new URL(text).origin)
  .meta({ examples: ["https://pitwall.example.com"] });

export const urlSchema = z
  .union([origin, z.array(origin).min(1)])
  .describe("The address people type, or a list of them; the first is the one that links are made with.");

const fileName = z
  .string()
  .min(1)
  .refine(
    (name) => !/^(env|vault|command|exec):/.test(name),
    "expected a file, because it is read again when it changes",
  );

export const tlsSchema = z.strictObject({
  cert: fileName.describe("File with the certificate and its chain, as PEM; read again when it changes.").meta({
    examples: ["tls/fullchain.pem"],
  }),
  key: fileName.describe("File with its private key, as PEM without a pass phrase.").meta({
    examples: ["file:tls/key.pem"],
  }),
});

export const proxySchema = z.strictObject({
  trust: z
    .array(z.string().refine(isNetwork, "expected an address like `10.0.0.2` or a network like `10.0.1.0/24`"))
    .min(1)
    .describe("Addresses of proxies whose X-Forwarded-For, -Proto and -Host are believed; nobody else's are."),
});

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const plain =
    url.pathname === "/" && url.search === "" && url.hash === "" && url.username === "" && url.password === "";
  return plain && (url.protocol === "https:" || url.protocol === "http:");
}

/** The list that `trust` means; an address of IPv4 is found when it comes written as one of IPv6, too. */
export function networksOf(trusted: readonly string[]): BlockList {
  const list = new BlockList();
  for (const one of trusted) {
    const [address = "", bits] = one.split("/");
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** A network of everybody (`/0`) is none: trusting all would let anybody say where a request came from. */
function isNetwork(text: string): boolean {
  const [address = "", bits, ...more] = text.split("/");
  const family = isIP(address);
  if (family === 0 || more.length > 0 || address.includes("%")) return false;
  return bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
