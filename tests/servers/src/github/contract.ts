import type { ApiContract } from '../forge/contract.ts';
import { contractOf } from '../forge/contract-source.ts';
import { greedy } from './exchange.ts';
import { contractGaps } from './gaps.ts';

const contract = contractOf('github/openapi.json', {
  kind: 'openapi3',
  gaps: contractGaps,
  greedy,
  errorSchema: { $ref: '#/components/schemas/basic-error' },
});

/** True when the document is there. Without it the simulator checks nothing but GraphQL. */
export const contractPresent = contract.present;

/** Loads the document once per process; `undefined` when it is not there. */
export function loadContract(): ApiContract | undefined {
  return contract.load();
}
