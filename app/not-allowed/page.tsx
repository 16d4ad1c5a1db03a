import Link from "next/link";

/** Signed in, but with no role that opens what was asked for. */
export default function Page() {
  return (
    <main className="mx-auto max-w-md px-4 py-16">
      <h1 className="font-semibold text-lg">You may not open this page</h1>
      <p className="mt-2 text-dim">
        Your account has no role that it takes. Whoever administers Pitwall can grant one under Settings → People.
      </p>
      <p className="mt-4">
        <Link href="/" className="underline">
          To the board
        </Link>
      </p>
    </main>
  );
}
