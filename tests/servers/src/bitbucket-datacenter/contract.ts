import { type ApiContract, createContract } from '../forge/contract.ts';
import { contractGaps } from './gaps.ts';
import { error } from './schemas.ts';

/** Makes the contract. There is no document, so each operation stands in the gaps, with schemas of our own. */
export function createDatacenterContract(): ApiContract {
  return createContract({
    document: { paths: {} },
    kind: 'openapi3',
    gaps: contractGaps,
    greedy: ['path', 'name'],
    errorSchema: error,
  });
}
