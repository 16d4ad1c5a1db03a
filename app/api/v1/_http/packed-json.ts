import { promisify } from "node:util";
import { constants, gzip, zstdCompress } from "node:zlib";

/** Fast ones: a board of a thousand services is told in milliseconds, and stronger packing would take ten times as long. */
const packers = {
  zstd: (text: string) => promisify(zstdCompress)(text, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
  gzip: (text: string) => promisify(gzip)(text, { level: 1 }),
} as const;

/** A large value as JSON, packed in a way the asker accepts, off the main thread. */
export async function packedJson(request: Request, value: unknown): Promise<Response> {
  const accepted = codingsOf(request.headers.get("accept-encoding") ?? "");
  const coding = (["zstd", "gzip"] as const).find((name) => accepted.has(name));
  const headers = { "content-type": "application/json", "cache-control": "no-store", vary: "accept-encoding" };
  const text = JSON.stringify(value);
  if (coding === undefined) return new Response(text, { headers });
  const body = new Uint8Array(await packers[coding](text));
  return new Response(body, { headers: { ...headers, "content-encoding": coding } });
}

/** RFC 9110, 12.5.3; `q=0` refuses a coding. */
function codingsOf(accept: string): ReadonlySet<string> {
  const offers = accept
    .toLowerCase()
    .split(",")
    .map((offer) => offer.split(";").map((part) => part.trim()));
  return new Set(offers.flatMap(([name = "", weight]) => (/^q=0(\.0*)?$/.test(weight ?? "") ? [] : [name])));
}
