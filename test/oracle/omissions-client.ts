// Facts of the client sheet that no test here can state.

import type { Omission } from './differences.ts';

export const CLIENT_OMISSIONS: readonly Omission[] = [];
