import type { ApiContract } from '../forge/contract.ts';
import { contractOf } from '../forge/contract-source.ts';
import { contractGaps } from './gaps.ts';

const contract = contractOf('bitbucket-cloud/openapi.json', {
  kind: 'openapi3',
  gaps: contractGaps,
  errorSchema: { $ref: '#/components/schemas/error' },
});

/** True when the document is there. Without it the simulator checks nothing. */
export const contractPresent = contract.present;

/** Loads the document once per process; `undefined` when it is not there. */
export function loadContract(): ApiContract | undefined {
  return contract.load();
}
