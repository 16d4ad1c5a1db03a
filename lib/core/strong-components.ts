/**
 * Strongly connected parts of a graph, each after all the parts it leads to (Tarjan 1972, without recursion). `next[i]`
 * lists where node `i` leads. Linear in nodes and edges.
 */
export function strongComponents(next: readonly (readonly number[])[]): number[][] {
  const unseen = -1;
  const index = new Int32Array(next.length).fill(unseen);
  const low = new Int32Array(next.length);
  const at = new Int32Array(next.length);
  const open = new Uint8Array(next.length);
  const stack: number[] = [];
  const path: number[] = [];
  const parts: number[][] = [];
  let count = 0;

  const enter = (node: number) => {
    index[node] = count;
    low[node] = count;
    count += 1;
    open[node] = 1;
    stack.push(node);
    path.push(node);
  };
  const leave = (node: number) => {
    path.pop();
    const parent = path.at(-1);
    if (parent !== undefined) low[parent] = Math.min(low[parent] as number, low[node] as number);
    if (low[node] !== index[node]) return;
    const part: number[] = [];
    for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
      open[member] = 0;
      part.push(member);
      if (member === node) break;
    }
    parts.push(part.reverse());
  };

  for (let start = 0; start < next.length; start += 1) {
    if (index[start] !== unseen) continue;
    enter(start);
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const to = (next[node] as readonly number[])[at[node] as number];
      at[node] = (at[node] as number) + 1;
      if (to === undefined) leave(node);
      else if (index[to] === unseen) enter(to);
      else if (open[to] === 1) low[node] = Math.min(low[node] as number, index[to] as number);
    }
  }
  return parts;
}
