// Every row of the client sheet, in the order of the sheet. `cite` is 'client 1.5'.

import type { Sheet } from './case.ts';
import { DISCONNECT } from './client/disconnect.ts';

export const CLIENT: Sheet = {
  name: 'client',
  cases: [...DISCONNECT],
  schedules: [],
  sections: new Map([
    [
      'client 1.5',
      [
        'AF_UNSPEC, shutdown() and close() around SYN-SENT',
        'SYN-SENT 前后的 AF_UNSPEC、shutdown() 和 close()',
      ],
    ],
  ]),
};
