import type { Endpoint } from './endpoint.ts';
import { jobEndpoints } from './routes/jobs.ts';
import { readEndpoints } from './routes/reads.ts';
import { systemEndpoints } from './routes/system.ts';

/** Every endpoint of the API, in the order of the documentation. */
export const endpoints: readonly Endpoint[] = [
  ...jobEndpoints,
  ...readEndpoints,
  ...systemEndpoints,
];
