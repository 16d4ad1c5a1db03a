"use client";

import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";
import { AtShare } from "#components/ui/at-share.tsx";
import { classNames } from "#components/ui/class-names.ts";

export interface ScrubberProps {
  /** Epoch milliseconds of the left and the right edge. */
  readonly from: number;
  readonly to: number;
  /** Where the cursor stands; `null` is the right edge, where it is always now. */
  readonly at: number | null;
  readonly label: string;
  /** How a moment is said. */
  readonly words: (at: number | null) => string;
  readonly onScrub: (at: number) => void;
  /** Returns whether the key meant something. */
  readonly onKey: (key: string, shift: boolean) => boolean;
  readonly children: ReactNode;
}

/**
 * Lets a time axis be pressed, dragged and stepped by keys: the cursor is a slider, and all of what is drawn below it takes
 * a finger or a mouse. Moving up and down still scrolls the page.
 */
export function Scrubber({ from, to, at, label, words, onScrub, onKey, children }: ScrubberProps) {
  const ground = useRef<HTMLDivElement>(null);
  const [held, setHeld] = useState(false);
  const [pointed, setPointed] = useState<number | null>(null);
  const atOf = (event: PointerEvent) => {
    const box = ground.current?.getBoundingClientRect();
    if (box === undefined || box.width === 0) return from;
    return from + Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * (to - from);
  };
  const press = (event: PointerEvent) => {
    // A mark has a meaning of its own, and the other buttons of a mouse too.
    if (event.button !== 0 || (event.target as Element).closest("button") !== null) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    setHeld(true);
    onScrub(atOf(event));
  };
  const move = (event: PointerEvent) => {
    if (held) onScrub(atOf(event));
    setPointed(event.pointerType === "mouse" && !held ? atOf(event) : null);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !onKey(event.key, event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const share = (moment: number) => Math.max(0, Math.min(1, (moment - from) / Math.max(1, to - from))) * 100;
  return (
    <div
      ref={ground}
      className={classNames("relative touch-pan-y select-none", held ? "cursor-grabbing" : "cursor-crosshair")}
      onPointerDown={press}
      onPointerMove={move}
      onPointerUp={() => setHeld(false)}
      onPointerCancel={() => setHeld(false)}
      onPointerLeave={() => setPointed(null)}
    >
      {children}
      {pointed !== null && (
        <AtShare percent={share(pointed)} className="pointer-events-none">
          <span aria-hidden="true" className="absolute inset-y-0 left-0 z-10 w-px bg-edge">
            <span
              className={classNames(
                "absolute -top-6 whitespace-nowrap rounded-sm border border-line-2 bg-raised px-1.5 text-text text-xs shadow-float",
                share(pointed) > 85 ? "right-0" : "left-0",
              )}
            >
              {words(pointed)}
            </span>
          </span>
        </AtShare>
      )}
      <AtShare percent={share(at ?? to)}>
        <div
          role="slider"
          tabIndex={0}
          aria-label={label}
          aria-orientation="horizontal"
          aria-valuemin={Math.round(from)}
          aria-valuemax={Math.round(to)}
          aria-valuenow={Math.round(Math.max(from, Math.min(to, at ?? to)))}
          aria-valuetext={words(at)}
          onKeyDown={keys}
          className="absolute -inset-y-1 left-0 z-10 flex w-5 -translate-x-1/2 cursor-grab justify-center rounded-sm"
        >
          <span
            aria-hidden="true"
            className={classNames("relative h-full", at === null ? "w-px bg-edge" : "w-0.5 bg-maint")}
          >
            <span
              className={classNames(
                "absolute -top-1 left-1/2 size-3 -translate-x-1/2 rounded-full border-2 bg-surface coarse:size-4",
                at === null ? "border-edge" : "border-maint",
              )}
            />
          </span>
        </div>
      </AtShare>
    </div>
  );
}
