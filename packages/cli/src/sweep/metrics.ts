// What a sweep looks at in each run: the quantities that were asked for, or those that the scenario's own expectations
// compare.

import { parseQuantity, type Quantity, quantityOf, type Scenario, unitNames } from '@halfopen/simnet';
import { Refusal } from '../live/refusal.ts';
import type { SweepMessages } from './messages.ts';

const hostsOf = (scenario: Scenario): string[] => scenario.hosts.map((h) => h.name);

/** `--show` texts as quantities. */
export function shownQuantities(
  texts: readonly string[],
  scenario: Scenario,
  s: SweepMessages,
): readonly Quantity[] {
  return texts.map((text) => {
    const parsed = parseQuantity(text, hostsOf(scenario), unitNames(scenario.workloads));
    if (parsed.ok) return parsed.quantity;
    throw new Refusal(s.badShow(text, parsed.column, parsed.expected), parsed.hint ?? s.showHint);
  });
}

/** Each once, in the order of the expectations. */
export function expectedQuantities(scenario: Scenario): readonly Quantity[] {
  const all = new Map<string, Quantity>();
  for (const line of scenario.expect) {
    const quantity = quantityOf(line, hostsOf(scenario), unitNames(scenario.workloads));
    if (quantity !== null) all.set(quantity.text, quantity);
  }
  return [...all.values()];
}
