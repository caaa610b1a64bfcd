// The cost profile that a calibration makes: the document that `run --costs FILE` reads.

import type { Calibration } from '@halfopen/linux';
import { COST_SCHEMA_VERSION } from '@halfopen/simnet';

type Measured = Pick<Calibration, 'machine' | 'costs'>;

export const profileText = ({ machine, costs }: Measured): string =>
  `${JSON.stringify({ schemaVersion: COST_SCHEMA_VERSION, machine, costs }, null, 2)}\n`;
