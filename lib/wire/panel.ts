import type { BoardService } from "#lib/wire/board.ts";

/** What a kind's panel is given. It shows this and nothing else: the same on the live board and in a frozen one. */
export interface PanelProps<Detail = unknown> {
  readonly service: BoardService;
  /** `null` before the first good sample. */
  readonly detail: Detail | null;
  /** The board's clock in epoch milliseconds: ticking when live, standing still when frozen. */
  readonly now: number;
  /** Opens an action's dialog. `null` where nobody may act: a frozen board. */
  readonly onAction: ((actionId: string, params?: Readonly<Record<string, string>>) => void) | null;
}
