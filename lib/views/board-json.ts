import type { BoardService } from "#lib/wire/board.ts";

const spelled = new WeakMap<BoardService, Buffer>();

/**
 * The board, or what changed of it, as JSON in UTF-8. Most services of a large board are told as they were told before, by
 * the very same object (`asBefore`): those are not spelled out again.
 */
export function boardJson({ services, ...rest }: { readonly services: readonly BoardService[] }): Buffer<ArrayBuffer> {
  const list = services.map(spell);
  // Each begins with the comma that divides it from the one before.
  if (list[0] !== undefined) list[0] = list[0].subarray(1);
  const head = JSON.stringify(rest).slice(0, -1);
  return Buffer.concat([Buffer.from(`${head},"services":[`), ...list, Buffer.from("]}")]);
}

function spell(service: BoardService): Buffer {
  const before = spelled.get(service);
  if (before !== undefined) return before;
  const bytes = Buffer.from(`,${JSON.stringify(service)}`);
  spelled.set(service, bytes);
  return bytes;
}
