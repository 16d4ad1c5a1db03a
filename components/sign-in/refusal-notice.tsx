"use client";

import { useEffect, useState } from "react";
import { refusalByProvider } from "#components/sign-in/provider.ts";
import type { ToldRefusal } from "#lib/wire/sign-in.ts";

/** What the browser came back from the provider with, when it was no sign-in. */
export function RefusalNotice() {
  const [told, setTold] = useState<ToldRefusal>();
  useEffect(() => {
    let left = false;
    // Looked at twice it says nothing any more, so that a page that is left keeps no words for the next visitor.
    refusalByProvider().then(
      (refusal) => !left && setTold(refusal ?? gone),
      () => !left && setTold(gone),
    );
    return () => {
      left = true;
    };
  }, []);
  if (told === undefined) return null;
  const { detail, groups } = told;
  return (
    <div role="alert" className="mb-5 rounded-md bg-crit-bg px-3 py-2">
      <p className="text-crit">{detail}</p>
      {groups !== null && (
        <p className="mt-1.5 text-dim text-xs">
          {groups.length === 0 ? "It named no group of yours." : "It named these groups of yours: "}
          {groups.map((group, index) => (
            <span key={group}>
              {index > 0 && ", "}
              <span className="font-mono text-text [overflow-wrap:anywhere]">{group}</span>
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

const gone: ToldRefusal = { detail: "You were not signed in. Try once more from the start.", groups: null };
