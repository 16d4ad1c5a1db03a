import { NothingHere } from "#components/board/nothing-here.tsx";

/** A service or run that does not exist; the top bar stays. */
export default function NotFound() {
  return <NothingHere />;
}
