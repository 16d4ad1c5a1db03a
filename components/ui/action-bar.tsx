"use client";

import type { ReactNode } from "react";
import { Button } from "#components/ui/button.tsx";
import { Menu, MenuItem } from "#components/ui/menu.tsx";
import { PanelFooter } from "#components/ui/panel.tsx";
import type { OfferDto } from "#lib/wire/board.ts";

/** More buttons than this go into a menu, so that the foot of a panel stays one line. */
const buttonsShown = 2;

/**
 * The foot of a panel: a sentence, then what can be done about it. Each button ends in … because it opens a plan first.
 * An action without risk (it only looks) has its own place and is left out. `onAction` is `null` where nobody may act.
 */
export function ActionBar({
  sentence,
  offers,
  onAction,
  first,
}: {
  readonly sentence?: ReactNode;
  readonly offers: readonly OfferDto[];
  readonly onAction: ((actionId: string) => void) | null;
  /** The action to put first, because a finding asks for it. */
  readonly first?: string | undefined;
}) {
  const usable = onAction === null ? [] : ordered(offers, first);
  if (sentence === undefined && usable.length === 0) return null;
  const shown = usable.length === buttonsShown + 1 ? usable : usable.slice(0, buttonsShown);
  const more = usable.slice(shown.length);
  return (
    <PanelFooter sentence={sentence}>
      {usable.length === 0
        ? undefined
        : [
            ...shown.map((offer) => (
              <Button
                key={offer.id}
                variant={offer.risk === "critical" ? "critical" : "plain"}
                blocked={offer.blocked}
                title={offer.blocked === null ? offer.about : undefined}
                onClick={() => onAction?.(offer.id)}
              >
                {offer.title} …
              </Button>
            )),
            more.length > 0 && (
              <Menu key="more" trigger={<Button variant="quiet">More</Button>}>
                {more.map((offer) => (
                  <MenuItem
                    key={offer.id}
                    hint={offer.about}
                    blocked={offer.blocked}
                    critical={offer.risk === "critical"}
                    onSelect={() => onAction?.(offer.id)}
                  >
                    {offer.title} …
                  </MenuItem>
                ))}
              </Menu>
            ),
          ]}
    </PanelFooter>
  );
}

function ordered(offers: readonly OfferDto[], first: string | undefined): OfferDto[] {
  const usable = offers.filter((offer) => offer.risk !== "none");
  return usable.sort((a, b) => Number(b.id === first) - Number(a.id === first));
}
