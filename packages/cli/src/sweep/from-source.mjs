// Starts worker.ts in the repository, where nothing is compiled: tsx makes this thread read TypeScript.

import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
