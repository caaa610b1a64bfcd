// simnet: hosts with CPUs and processes, links with faults, and virtual time around the engine.
export {};
