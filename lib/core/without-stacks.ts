/**
 * Does what makes an error of each broken piece of a foreign text and throws most of them away, as parsers do: noting where in
 * the program each was made takes most of their time. What is thrown out of it has no stack either.
 */
export function withoutStacks<T>(work: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return work();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
