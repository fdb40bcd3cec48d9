import type { Endpoint } from './endpoint.ts';
import { jobEndpoints } from './routes/jobs.ts';

/** Every endpoint of the API, in the order of the documentation. */
export const endpoints: readonly Endpoint[] = [...jobEndpoints];
