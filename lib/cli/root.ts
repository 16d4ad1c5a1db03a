import path from "node:path";

/** The folder that holds package.json. */
export const root = path.resolve(import.meta.dirname, "../..");

/** A program of node_modules, to be run by the Node that runs this. */
export function packageFile(name: string): string {
  return path.join(root, "node_modules", name);
}
