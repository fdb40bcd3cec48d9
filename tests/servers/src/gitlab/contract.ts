import type { ApiContract } from '../forge/contract.ts';
import { contractOf } from '../forge/contract-source.ts';
import { contractGaps } from './gaps.ts';

const contract = contractOf('gitlab/openapi.json', {
  kind: 'swagger2',
  gaps: contractGaps,
  basePath: '/api/v4',
  // "REST API troubleshooting", "Status codes": a message, or the OAuth form of an error.
  errorSchema: { type: 'object', anyOf: [{ required: ['message'] }, { required: ['error'] }] },
});

/** True when the document is there. Without it the simulator checks nothing. */
export const contractPresent = contract.present;

/** Loads the document once per process; `undefined` when it is not there. */
export function loadContract(): ApiContract | undefined {
  const loaded = contract.load();
  if (loaded === undefined) return undefined;
  return {
    // Git over HTTP is no part of the API; Git itself answers it.
    check: (request, answer) =>
      request.path.endsWith('.git/git-receive-pack') ? [] : loaded.check(request, answer),
  };
}
