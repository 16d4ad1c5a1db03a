/** Remembers what a pure function made of an object, for as long as the object lives. Schemas take milliseconds to convert. */
export function remembered<In extends object, Out>(make: (from: In) => Out): (from: In) => Out {
  const made = new WeakMap<In, { readonly out: Out }>();
  return (from) => {
    const known = made.get(from);
    if (known !== undefined) return known.out;
    const out = make(from);
    made.set(from, { out });
    return out;
  };
}
