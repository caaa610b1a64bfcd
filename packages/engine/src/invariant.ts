// What only a mistake of our own can cause. Thrown at once: an error return would hide it.

export class InvariantError extends Error {
  override readonly name = 'InvariantError';
}

/** Ends a switch over a union; a new member breaks the build. */
export function unreachable(value: never): never {
  throw new InvariantError(`unexpected ${JSON.stringify(value)}`);
}
