import type { ApiContract } from '../forge/contract.ts';
import { contractOf } from '../forge/contract-source.ts';
import { contractGaps } from './gaps.ts';

const contract = contractOf('gitea/swagger.json', {
  kind: 'swagger2',
  gaps: contractGaps,
  greedy: ['filepath'],
  // The document describes errors by headers, which no server sends; in reality they are an object.
  errorSchema: {
    type: 'object',
    required: ['message'],
    properties: { message: { type: 'string' }, url: { type: 'string' } },
  },
});

/** True when the document is there. Without it the simulator checks nothing. */
export const contractPresent = contract.present;

/** Loads the document of Gitea 1.26.3 once per process; `undefined` when it is not there. */
export function loadContract(): ApiContract | undefined {
  return contract.load();
}
