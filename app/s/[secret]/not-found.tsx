import { DeadLink } from "#components/incident/dead-link.tsx";

/** A link that never led anywhere. */
export default function NotFound() {
  return <DeadLink reason="There is no snapshot behind this link" />;
}
