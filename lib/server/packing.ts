import type { Transform } from "node:stream";
import { constants, createBrotliCompress, createGzip, createZstdCompress } from "node:zlib";

/** Codings of an answer's bytes (RFC 9110, 8.4), the one we like best first: as small as the others in a third of the time. */
export const codings = ["zstd", "br", "gzip"] as const;
export type Coding = (typeof codings)[number];

/** Shorter than this a packed answer is no shorter. */
export const worthPackingBytes = 1_024;

/** The coding that both sides can, by `Accept-Encoding` (RFC 9110, 12.5.3); `null` for none. */
export function codingFor(acceptEncoding: string): Coding | null {
  const weights = new Map<string, number>();
  for (const one of acceptEncoding.slice(0, 1_024).toLowerCase().split(",")) {
    const [name = "", ...parameters] = one.split(";").map((part) => part.trim());
    const told = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2);
    const weight = told === undefined ? 1 : Number(told);
    if (name !== "") weights.set(name, Number.isFinite(weight) ? weight : 0);
  }
  const weightOf = (coding: Coding) => weights.get(coding) ?? weights.get("*") ?? 0;
  const best = Math.max(...codings.map(weightOf));
  return best <= 0 ? null : (codings.find((coding) => weightOf(coding) === best) ?? null);
}

/** Whether bytes of that type get shorter by packing. Event streams stay open, and a packer for each would cost more than it saves. */
export function isPackable(contentType: string): boolean {
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type === "text/event-stream") return false;
  return /^(text\/.+|application\/(json|.+\+json|javascript|xml|yaml|x-ndjson)|image\/svg\+xml)$/.test(type);
}

/** What comes out at once: a whole board, so that it does not go to the threads and back for each 16 kB. */
const chunkSize = 65_536;

/**
 * Packs a stream fast rather than tightly, within a window of 512 kB, so that many answers at once stay cheap. JSON, which
 * repeats itself, the lowest level of zstd packs in two thirds of the time of the usual one, and no larger.
 */
export function packer(coding: Coding, contentType: string): Transform {
  switch (coding) {
    case "zstd": {
      const level = /json/i.test(contentType) ? 1 : 3;
      return createZstdCompress({
        chunkSize,
        params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_windowLog]: 19 },
      });
    }
    case "br":
      return createBrotliCompress({
        chunkSize,
        params: { [constants.BROTLI_PARAM_QUALITY]: 4, [constants.BROTLI_PARAM_LGWIN]: 19 },
      });
    case "gzip":
      return createGzip({ chunkSize, level: 4 });
    default:
      return coding satisfies never;
  }
}
