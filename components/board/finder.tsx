"use client";

import { Command } from "cmdk";
import { useRouter } from "next/navigation";
import { type ReactNode, useMemo } from "react";
import { scoreOf } from "#components/board/finder-score.ts";
import { useKinds } from "#components/board/kinds.tsx";
import { pagesFor } from "#components/board/pages.ts";
import { useLiveBoard } from "#components/board/use-live-board.ts";
import { useViewer } from "#components/board/viewer.tsx";
import { useRunHost } from "#components/run/run-host.tsx";
import { runbookHref, runbooksOf, useRunbooks } from "#components/runbook/runbooks.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { StatusMark } from "#components/ui/status-mark.tsx";

/** Finds a service, an action, a runbook or a page by a few letters. */
export function Finder({ onClose, onShare }: { readonly onClose: () => void; readonly onShare: () => void }) {
  const router = useRouter();
  const { shown } = useLiveBoard();
  const { openAction } = useRunHost();
  const kinds = useKinds();
  const viewer = useViewer();
  const actions = useMemo(
    () =>
      shown.services.flatMap(({ service }) =>
        service.actions.filter((offer) => offer.risk !== "none").map((offer) => ({ service, offer })),
      ),
    [shown.services],
  );
  const known = useRunbooks();
  const runbooks = shown.services.flatMap(({ service }) =>
    runbooksOf(known, service.id).map((runbook) => ({ service, runbook })),
  );
  const choose = (work: () => void) => () => {
    onClose();
    work();
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title="Find" width="md">
      <Command label="Find a service, an action, a runbook or a page" loop filter={scoreOf}>
        <Command.Input
          autoFocus
          placeholder="A service, an action, a runbook, a page"
          className="w-full border-line border-b bg-transparent px-4 py-3 text-md outline-none placeholder:text-faint sm:px-5.5"
        />
        <Command.List className="max-h-[56dvh] overflow-y-auto p-2">
          <Command.Empty className="px-3 py-6 text-center text-dim">Nothing here has that name.</Command.Empty>
          <Group heading="Services">
            {shown.services.map(({ service }) => (
              <Item
                key={service.id}
                value={`service ${service.name} ${service.id}`}
                words={[service.group ?? "", kinds[service.kind]?.title ?? service.kind, service.status]}
                onSelect={choose(() => router.push(`/services/${encodeURIComponent(service.id)}`))}
              >
                <StatusMark mark={service.status} size="sm" />
                <span className="font-medium">{service.name}</span>
                <span className="min-w-0 truncate text-faint">{service.summary}</span>
              </Item>
            ))}
          </Group>
          <Group heading="Actions">
            {actions.map(({ service, offer }) => (
              <Item
                key={`${service.id} ${offer.id}`}
                value={`action ${offer.title} ${service.name}`}
                words={[offer.about]}
                onSelect={choose(() => openAction(service.id, offer.id))}
              >
                <span className="font-medium">{offer.title} …</span>
                <span className="min-w-0 truncate text-faint">{service.name}</span>
              </Item>
            ))}
            <Item value="action share snapshot" words={["link", "freeze"]} onSelect={choose(onShare)}>
              <span className="font-medium">Share snapshot …</span>
            </Item>
          </Group>
          <Group heading="Runbooks">
            {runbooks.map(({ service, runbook }) => (
              <Item
                key={`${service.id} ${runbook.id}`}
                value={`runbook ${runbook.title} ${service.name}`}
                words={[runbook.symptom]}
                onSelect={choose(() => router.push(runbookHref(service.id, runbook.id)))}
              >
                <span className="font-medium">{runbook.title} …</span>
                <span className="min-w-0 truncate text-faint">{service.name}</span>
              </Item>
            ))}
          </Group>
          <Group heading="Pages">
            {pagesFor(viewer).map(({ href, title }) => (
              <Item key={href} value={`page ${title}`} words={[]} onSelect={choose(() => router.push(href))}>
                {title}
              </Item>
            ))}
          </Group>
        </Command.List>
      </Command>
    </Dialog>
  );
}

function Group({ heading, children }: { readonly heading: string; readonly children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:text-faint"
    >
      {children}
    </Command.Group>
  );
}

function Item({
  value,
  words,
  onSelect,
  children,
}: {
  readonly value: string;
  readonly words: string[];
  readonly onSelect: () => void;
  readonly children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      keywords={words}
      onSelect={onSelect}
      className="flex cursor-pointer items-baseline gap-2.5 rounded-md px-2.5 py-1.5 data-[selected=true]:bg-raised coarse:py-2.5"
    >
      {children}
    </Command.Item>
  );
}
