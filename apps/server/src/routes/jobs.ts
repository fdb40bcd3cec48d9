import { type JobCall, jobEndpoint } from '../endpoint.ts';
import type { OpenRepository } from '../forges.ts';
import * as body from '../schemas/requests.ts';
import * as result from '../schemas/results.ts';

async function opened(call: JobCall, opening: Promise<OpenRepository>): Promise<OpenRepository> {
  const open = await opening;
  call.setRepository({ fullName: open.repository.fullName, provider: open.provider.kind });
  return open;
}

const createBranch = jobEndpoint({
  path: '/v1/gitops/create-branch',
  operationId: 'createBranch',
  summary: 'Create a branch at the tip of another one.',
  description: 'A branch that exists already is a success: `created` is false.',
  access: 'write',
  job: 'create-branch',
  input: body.createBranchBody,
  result: result.createBranchResult,
  subject: ({ dest_branch }) => dest_branch,
  run: async (input, call) => {
    const { repository } = await opened(call, call.forges.open(input));
    const { createBranch } = await import('@bowline/gitops-operations');
    return createBranch(
      { repository, source: input.src_branch, destination: input.dest_branch },
      call.options,
    );
  },
});

/** The endpoints that run one job each. */
export const jobEndpoints = [createBranch];
