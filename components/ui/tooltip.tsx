"use client";

import * as Radix from "radix-ui/tooltip";
import { type ReactElement, type ReactNode, useState } from "react";

/**
 * A short aside on hover and focus, and on tap where there is no hover. It only repeats or explains: nothing that
 * is needed may stand here alone. The child must accept a ref and DOM props.
 */
export function Tooltip({
  text,
  children,
  side = "top",
}: {
  readonly text: ReactNode;
  readonly children: ReactElement;
  readonly side?: "top" | "bottom" | "left" | "right";
}) {
  const [open, setOpen] = useState(false);
  return (
    <Radix.Provider delayDuration={250}>
      <Radix.Root open={open} onOpenChange={setOpen}>
        <Radix.Trigger
          asChild
          onPointerDown={(event) => {
            // Radix closes on press; a tap on a phone is the only way to ask there, so it opens instead.
            if (event.pointerType !== "touch") return;
            event.preventDefault();
            setOpen(true);
          }}
          onClick={(event) => {
            if (open && event.nativeEvent instanceof PointerEvent && event.nativeEvent.pointerType === "touch") {
              event.preventDefault();
            }
          }}
        >
          {children}
        </Radix.Trigger>
        <Radix.Portal>
          <Radix.Content
            side={side}
            sideOffset={6}
            collisionPadding={10}
            className="z-50 max-w-72 animate-enter rounded-md border border-line-2 bg-raised px-2.5 py-1.5 text-text text-xs shadow-float"
          >
            {text}
          </Radix.Content>
        </Radix.Portal>
      </Radix.Root>
    </Radix.Provider>
  );
}
