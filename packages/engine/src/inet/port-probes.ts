// What connect() met on its search for a local port, counted.

/** How many ports were looked at, by what was found there; the last look is counted too. */
export interface PortProbes {
  /** Nobody had it: chosen. */
  free: number;
  /** Only connections to other places had it, or a TIME-WAIT record that may go: chosen. */
  shared: number;
  /** The 4-tuple is in use. */
  established: number;
  timeWait: number;
  /** Somebody used bind() on the port, on any address. */
  bound: number;
  reserved: number;
}

export const newProbes = (): PortProbes => ({
  free: 0,
  shared: 0,
  established: 0,
  timeWait: 0,
  bound: 0,
  reserved: 0,
});
