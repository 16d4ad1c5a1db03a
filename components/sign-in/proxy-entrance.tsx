"use client";

import { useEffect, useRef } from "react";
import { askDoor, done } from "#components/sign-in/ask-door.ts";
import { DoorProblem } from "#components/sign-in/door-frame.tsx";
import { useListening } from "#components/sign-in/use-listening.ts";
import { useProof } from "#components/sign-in/use-proof.ts";
import { Button } from "#components/ui/button.tsx";

/** Goes in by the word of the proxy in front: alone when somebody was led here, by a button when they had signed out. */
export function ProxyEntrance({
  user,
  alone,
  onDone,
}: {
  readonly user: string;
  readonly alone: boolean;
  readonly onDone: () => void;
}) {
  const { problem, pending, attempt } = useProof(onDone);
  const listening = useListening();
  const enter = () =>
    attempt(async () => {
      await askDoor("/proxy/enter", done, { method: "POST", body: {} });
      return { twoFactor: false };
    });
  const begun = useRef(false);
  useEffect(() => {
    // The server is asked once, however often this is painted.
    if (!alone || begun.current) return;
    begun.current = true;
    enter();
  });
  return (
    <div className="mb-4 flex flex-col gap-4">
      <DoorProblem>{problem}</DoorProblem>
      <Button variant="primary" pending={pending} disabled={!listening} onClick={enter} className="min-h-9">
        <span className="truncate">Go on as {user}</span>
      </Button>
    </div>
  );
}
