"use client";

import type { ReactNode } from "react";
import { Button } from "#components/ui/button.tsx";
import { Menu, MenuItem } from "#components/ui/menu.tsx";
import { PanelFooter } from "#components/ui/panel.tsx";
import type { FindingDto, OfferDto } from "#lib/wire/board.ts";
import { offerMark, offerWords } from "#lib/wire/offer-words.ts";

/** More than this, and what cannot be run now, go into a menu with their reasons: the foot of a panel stays one line. */
const buttonsShown = 2;

/**
 * The foot of a panel: a sentence, then what can be done about it. Each button ends in … because it opens a plan first.
 * An action without risk (it only looks) has its own place and is left out. `onAction` is `null` where nobody may act.
 */
export function ActionBar({
  sentence,
  offers,
  onAction,
  findings = [],
}: {
  readonly sentence?: ReactNode;
  readonly offers: readonly OfferDto[];
  readonly onAction: ((actionId: string) => void) | null;
  /** What asks for an action puts it first; one that has a single target and its own button above is not repeated. */
  readonly findings?: readonly Pick<FindingDto, "action">[];
}) {
  const usable = onAction === null ? [] : usableOffers(offers, findings);
  if (sentence === undefined && usable.length === 0) return null;
  const shown = usable.filter((offer) => offer.blocked === null).slice(0, buttonsShown);
  const more = usable.filter((offer) => !shown.includes(offer));
  return (
    <PanelFooter sentence={sentence}>
      {usable.length === 0
        ? undefined
        : [
            ...shown.map((offer) => (
              <Button
                key={offer.id}
                variant={offer.risk === "critical" ? "critical" : "plain"}
                title={[offer.about, offerWords(offer, null)].filter((words) => words !== null).join(" ")}
                onClick={() => onAction?.(offer.id)}
              >
                {offer.title} …{" "}
                {offerMark(offer) !== null && (
                  <span className="font-normal text-dim text-xs tabular-nums">{offerMark(offer)}</span>
                )}
              </Button>
            )),
            more.length > 0 && (
              <Menu key="more" trigger={<Button variant="quiet">{shown.length === 0 ? "Actions" : "More"}</Button>}>
                {more.map((offer) => (
                  <MenuItem
                    key={offer.id}
                    hint={offerWords(offer, null) ?? (offer.about === "" ? undefined : offer.about)}
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

function usableOffers(offers: readonly OfferDto[], findings: readonly Pick<FindingDto, "action">[]): OfferDto[] {
  const asked = new Set(findings.flatMap((finding) => finding.action?.id ?? []));
  const single = (offer: OfferDto) => offer.params.every((field) => field.options.length === 1);
  return offers
    .filter((offer) => offer.risk !== "none" && !(asked.has(offer.id) && single(offer)))
    .sort((a, b) => Number(asked.has(b.id)) - Number(asked.has(a.id)));
}
