// The left-hand sides of `expect` lines as quantities: read, and looked up in the record of a run without comparing.

import { verdict } from './expect.ts';
import { readLine, type Unreadable } from './expect-parse.ts';
import { leftSide } from './expect-scanner.ts';
import type { Quantity } from './expectation.ts';
import type { RunResult } from './result.ts';
import type { Probe } from './world-state.ts';

export type ParsedQuantity = { readonly ok: true; readonly quantity: Quantity } | Unreadable;
export type QuantityUnit = 'count' | 'ns' | 'share' | 'text';

/** Reads the left-hand side of a line, such as `max request latency`. */
export function parseQuantity(
  text: string,
  hosts: readonly string[],
  workloads: readonly string[] = [],
): ParsedQuantity {
  const found = readLine(text, hosts, workloads, true);
  return found.ok ? { ok: true, quantity: { text, atNs: found.atNs, claim: found.claim } } : found;
}

/** What a readable line compares. */
export function quantityOf(
  line: string,
  hosts: readonly string[],
  workloads: readonly string[] = [],
): Quantity | null {
  const parsed = parseQuantity(leftSide(line), hosts, workloads);
  return parsed.ok ? parsed.quantity : null;
}

export function unitOf({ claim }: Quantity): QuantityUnit {
  switch (claim.kind) {
    case 'latency':
    case 'summary':
    case 'workload-latency':
      return 'ns';
    case 'run-delay':
    case 'cpu-message':
      return 'ns';
    case 'cpu':
      return 'share';
    case 'call':
      return claim.what === 'share' ? 'share' : 'count';
    case 'errno':
    case 'syns':
    case 'log':
      return 'text';
    default:
      return 'count';
  }
}

/** What a quantity was in a run: a count, ns or words by its unit, or null when there was nothing to look at. */
export function evaluateQuantity(
  { atNs, claim }: Quantity,
  result: RunResult,
  probes: readonly Probe[] = [],
): number | string | null {
  const hosts = atNs === null ? result.hosts : probes.find((p) => p.atNs === atNs)?.hosts;
  return hosts === undefined ? null : verdict(claim, result, hosts).value;
}
