// cli: what the published package `halfopen` offers to programs; the command itself is main.ts.
export {};
