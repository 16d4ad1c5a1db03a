import { NothingHere } from "#components/board/nothing-here.tsx";

/** An address that leads nowhere. */
export default function NotFound() {
  return (
    <main>
      <NothingHere />
    </main>
  );
}
