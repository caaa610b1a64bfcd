// The engine: one network namespace of one Linux host. It does no I/O and asks for no time of its own.
export {};
