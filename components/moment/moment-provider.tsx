"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react";
import { useBoardNow } from "#components/board/live-provider.tsx";
import { hearAddress, momentOf, momentParam, type SpanMs, spanFor } from "#components/moment/moment.ts";

interface MomentValue {
  /** The moment that is looked at, in epoch milliseconds; `null` is live. */
  readonly at: number | null;
  /** The same, calmed: while one drags it follows in steps, so that not every pixel asks the server. */
  readonly settled: number | null;
  readonly go: (at: number | null) => void;
  /** How far back the timeline looks. */
  readonly spanMs: SpanMs;
  readonly setSpanMs: (spanMs: SpanMs) => void;
}

const MomentContext = createContext<MomentValue | null>(null);

const settleEveryMs = 90;
const writeAfterMs = 250;

/** Which moment the pages show. It stands in the address as `?at=`: a link opens there, and the address follows. */
export function MomentProvider({ children }: { readonly children: ReactNode }) {
  const now = useBoardNow();
  const [at, go] = useMomentInAddress();
  const [spanMs, setSpanMs] = useState(() => spanFor(at, now));
  const settled = useSettled(at);
  const value = useMemo(
    () => ({ at, settled: at === null ? null : settled, go, spanMs, setSpanMs }),
    [at, settled, go, spanMs],
  );
  return <MomentContext value={value}>{children}</MomentContext>;
}

export function useMoment(): MomentValue {
  const moment = useContext(MomentContext);
  if (moment === null) throw new Error("MomentProvider is missing above this component");
  return moment;
}

/** The value at most every `settleEveryMs`, the last one always. */
function useSettled(value: number | null): number | null {
  const [settled, settle] = useState(value);
  const lastAt = useRef(0);
  useEffect(() => {
    const restMs = Math.max(0, lastAt.current + settleEveryMs - performance.now());
    const timer = setTimeout(() => {
      lastAt.current = performance.now();
      settle(value);
    }, restMs);
    return () => clearTimeout(timer);
  }, [value]);
  return settled;
}

function useMomentInAddress(): [number | null, (at: number | null) => void] {
  const pathname = usePathname();
  const told = useSearchParams().get("at");
  const [at, setAt] = useState(() => momentOf(told));
  const written = useRef<readonly (string | null)[]>([told]);
  const seenPath = useRef(pathname);

  // The outside system is the address. It is written late: dragging would rewrite it with every pixel.
  useEffect(() => {
    const timer = setTimeout(
      () => {
        const next = at === null ? null : momentParam(at);
        if (written.current.at(-1) !== next) written.current = [...written.current, next];
        writeAddress(next);
      },
      at === null ? 0 : writeAfterMs,
    );
    return () => clearTimeout(timer);
  }, [at]);

  useEffect(() => {
    const moved = seenPath.current !== pathname;
    seenPath.current = pathname;
    const heard = hearAddress(written.current, told, moved);
    written.current = heard.written;
    if (heard.kind === "asked") setAt(momentOf(told));
    // From page to page one stays at the same moment.
    else if (heard.kind === "lost") writeAddress(heard.written.at(-1) ?? null);
  }, [told, pathname]);

  return [at, setAt];
}

function writeAddress(at: string | null): void {
  const search = new URLSearchParams(window.location.search);
  if (search.get("at") === at) return;
  if (at === null) search.delete("at");
  else search.set("at", at);
  // A time reads badly with its colons escaped, and a query may hold them as they are (RFC 3986, 3.4).
  const query = search.toString().replaceAll("%3A", ":");
  window.history.replaceState(null, "", `${window.location.pathname}${query === "" ? "" : `?${query}`}`);
}
