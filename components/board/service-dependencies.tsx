"use client";

import { useMutation } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import type { ShownService } from "#components/board/shown-board.ts";
import { Button } from "#components/ui/button.tsx";
import { classNames } from "#components/ui/class-names.ts";
import { Panel, PanelBody } from "#components/ui/panel.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";
import type { BoardService } from "#lib/wire/board.ts";
import { dependencyAnswer } from "#lib/wire/explain.ts";
import { askApi } from "#lib/wire/request.ts";

type Found = NonNullable<BoardService["found"]>[number];

/** What a service depends on: as declared, and as found, with why; what was found can be refused. */
export function ServiceDependencies({
  service,
  services,
  mayAct,
}: {
  readonly service: BoardService;
  readonly services: readonly ShownService[];
  /** Not in the past. */
  readonly mayAct: boolean;
}) {
  const found = (service.found ?? []).filter((each) => !service.dependsOn.includes(each.id));
  const agreed = new Map((service.found ?? []).map((each) => [each.id, each]));
  if (service.dependsOn.length + found.length === 0) return null;
  const other = (id: string) => services.find((each) => each.service.id === id)?.service;
  return (
    <Panel id="dependencies" title="Depends on" subtitle="declared, and found by addresses and names">
      <ul>
        {service.dependsOn.map((id) => (
          <Row key={id} id={id} service={other(id)} mark="declared">
            {agreed.has(id) && <Evidence lines={agreed.get(id)?.evidence ?? []} />}
          </Row>
        ))}
        {found.map((each) => (
          <Row key={each.id} id={each.id} service={other(each.id)} mark={markOf(each)} dashed>
            <Evidence lines={each.evidence} />
            {mayAct && <Word serviceId={service.id} found={each} />}
          </Row>
        ))}
      </ul>
    </Panel>
  );
}

function markOf({ refused }: Found): string {
  if (refused === undefined) return "found";
  return refused === "config" ? "found, refused by pitwall.yaml" : "found, refused";
}

function Row({
  id,
  service,
  mark,
  dashed = false,
  children,
}: {
  readonly id: string;
  readonly service: BoardService | undefined;
  readonly mark: string;
  readonly dashed?: boolean;
  readonly children: ReactNode;
}) {
  const refused = mark.includes("refused");
  return (
    <li
      data-dependency={id}
      className={classNames(
        "border-line border-t px-3.5 py-2 first:border-t-0",
        dashed && "border-l-2 border-l-edge [border-left-style:dashed]",
      )}
    >
      <span className="flex flex-wrap items-baseline gap-x-2">
        <StatusMark mark={service?.status ?? "unknown"} size="sm" />
        <Link
          href={`/services/${encodeURIComponent(id)}`}
          className={classNames("font-medium hover:underline", refused && "text-dim line-through")}
        >
          {service?.name ?? id}
        </Link>
        <span className="text-faint text-xs">{mark}</span>
      </span>
      {children}
    </li>
  );
}

function Evidence({ lines }: { readonly lines: readonly string[] }) {
  return (
    <ul className="mt-0.5 text-dim text-xs">
      {lines.map((line) => (
        <li key={line} className="[overflow-wrap:anywhere]">
          {line}
        </li>
      ))}
    </ul>
  );
}

/** The person's word on it. What pitwall.yaml says is changed there. */
function Word({ serviceId, found }: { readonly serviceId: string; readonly found: Found }) {
  const say = useMutation({
    mutationFn: async (way: "refuse" | "accept") => {
      const path = `/api/v1/services/${encodeURIComponent(serviceId)}/dependencies/${way}`;
      return await askApi(path, dependencyAnswer, { method: "POST", body: { dependsOn: found.id } });
    },
  });
  if (found.refused === "config") return null;
  const way = found.refused === undefined ? "refuse" : "accept";
  const problem = say.data?.ok === false ? say.data.error.detail : null;
  return (
    <PanelBody className="px-0 pt-1.5 pb-0">
      <Button size="sm" variant="quiet" pending={say.isPending} onClick={() => say.mutate(way)}>
        {way === "refuse" ? "It does not depend on it" : "It does after all"}
      </Button>
      {problem !== null && <p className="text-crit text-xs">{problem}</p>}
    </PanelBody>
  );
}
