// What a comparison of two runs gives.

/** One thing in which the runs differ. */
export interface Difference {
  /** Which thing, the same at every run: `client>server:80 #1 -> 3 window`, `server TcpOutRsts`. */
  readonly what: string;
  readonly engine: string;
  readonly linux: string;
}

export interface Compared {
  /** Things that both runs were asked about. */
  readonly compared: number;
  readonly differences: readonly Difference[];
}
