"use client";

import { type ComponentType, createContext, type ReactNode, useContext } from "react";
import type { Unit } from "#lib/core/unit.ts";
import type { PanelProps } from "#lib/wire/panel.ts";

/** What the browser needs to know of a kind. The server hands it over from the registry, panel included. */
export interface ShownKind {
  readonly title: string;
  readonly columns: number;
  /** What it measures, by the id of the metric. */
  readonly metrics: Readonly<Record<string, { readonly title: string; readonly unit: Unit }>>;
  readonly Panel: ComponentType<PanelProps>;
}

export type ShownKinds = Readonly<Record<string, ShownKind>>;

const KindsContext = createContext<ShownKinds>({});

/** Makes the kinds known to everything below. Panels arrive as client references: collectors stay on the server. */
export function KindsProvider({ kinds, children }: { readonly kinds: ShownKinds; readonly children: ReactNode }) {
  return <KindsContext value={kinds}>{children}</KindsContext>;
}

/** `undefined` for a kind this build does not have. */
export function useKind(kind: string): ShownKind | undefined {
  return useContext(KindsContext)[kind];
}

/** All kinds this build has. */
export function useKinds(): ShownKinds {
  return useContext(KindsContext);
}
