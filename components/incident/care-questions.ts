import type { CareQuestion } from "#components/incident/care-dialog.tsx";
import { nodesOf } from "#lib/core/verdict.ts";
import type { BoardService } from "#lib/wire/board.ts";

type Named = Pick<BoardService, "id" | "name">;

export function acknowledgeQuestion({ id, name }: Named): CareQuestion {
  return {
    title: `Acknowledge ${name}`,
    description:
      "You have it: nobody else is alerted. It ends when the service is well again, or when the time is over.",
    words: { label: "Comment", placeholder: "What you are doing about it", required: false },
    durationLabel: "For at most",
    submit: "Acknowledge",
    send: ({ words, forMs }) => ({ path: `${pathOf(id)}/acknowledge`, body: { comment: words, forMs } }),
  };
}

export function silenceQuestion({ id, name }: Named): CareQuestion {
  return {
    title: `Silence ${name}`,
    description: "Nobody is alerted for a time, whatever happens. The board goes on telling the truth.",
    words: { label: "Reason", placeholder: "Why nobody needs to be told", required: true },
    durationLabel: "For",
    submit: "Silence",
    send: ({ words, forMs }) => ({ path: `${pathOf(id)}/silence`, body: { reason: words, forMs } }),
  };
}

/** Planned work on one of the board's services, groups or nodes; `about` is chosen first. */
export function maintenanceQuestion(services: readonly BoardService[], about?: Named): CareQuestion {
  const groups = [...new Set(services.flatMap(({ group }) => (group === null ? [] : [group])))];
  const nodes = [...new Set(services.flatMap(nodesOf))].sort();
  const options = [
    ...services.map(({ id, name }) => ({ value: `services ${id}`, label: name })),
    ...groups.map((group) => ({ value: `groups ${group}`, label: `Group ${group}` })),
    ...nodes.map((node) => ({ value: `nodes ${node}`, label: `Node ${node}` })),
  ];
  return {
    title: about === undefined ? "Maintenance" : `Maintenance of ${about.name}`,
    description:
      "Its trouble is planned: it does not count, opens no incident and alerts nobody. Checking goes on, and what is still wrong at the end counts as new.",
    words: { label: "Note", placeholder: "What is being done", required: false },
    durationLabel: "For",
    submit: "Begin maintenance",
    about: { label: "Of", options, value: about === undefined ? (options[0]?.value ?? "") : `services ${about.id}` },
    send: ({ words, forMs, about: chosen }) => {
      const space = chosen.indexOf(" ");
      return {
        path: "/api/v1/maintenance",
        body: { [chosen.slice(0, space)]: [chosen.slice(space + 1)], note: words, forMs },
      };
    },
  };
}

function pathOf(id: string): string {
  return `/api/v1/services/${encodeURIComponent(id)}`;
}
