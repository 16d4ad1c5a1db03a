import type { ApiField } from "#lib/wire/api-reference.ts";

/** Values that go in or come out, a line each; on a narrow screen they stand under one another. */
export function ApiFields({ caption, fields }: { readonly caption: string; readonly fields: readonly ApiField[] }) {
  if (fields.length === 0) return null;
  return (
    <table className="mt-1 w-full border-collapse text-left">
      <caption className="sr-only">{caption}</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">Name</th>
          <th scope="col">What it is</th>
        </tr>
      </thead>
      <tbody>
        {fields.map(({ name, type, required, about }) => (
          <tr
            key={name}
            className="flex flex-wrap gap-x-4 border-line border-t py-1 align-baseline first:border-t-0 md:table-row"
          >
            <th
              scope="row"
              className="min-w-40 py-0.5 pr-4 font-mono font-normal text-xs [overflow-wrap:anywhere] md:w-1/3"
            >
              {name}
              {required && <span className="ml-1.5 font-sans text-2xs text-dim">required</span>}
            </th>
            <td className="min-w-0 basis-full py-0.5 text-xs">
              <span className="font-mono text-dim [overflow-wrap:anywhere]">{type}</span>
              {about !== "" && <span className="block text-faint">{about}</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
