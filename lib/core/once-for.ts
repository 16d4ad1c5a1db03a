/** The same function, which works each answer out once for each thing it is asked about, and keeps it as long as the thing lives. */
export function onceFor<Thing extends object, Answer>(work: (thing: Thing) => Answer): (thing: Thing) => Answer {
  const known = new WeakMap<Thing, { readonly answer: Answer }>();
  return (thing) => {
    const found = known.get(thing);
    if (found !== undefined) return found.answer;
    const answer = work(thing);
    known.set(thing, { answer });
    return answer;
  };
}
