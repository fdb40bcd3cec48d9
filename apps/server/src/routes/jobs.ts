import { type Config, renderTemplate } from '@bowline/gitops-config';
import type { Secret } from '@bowline/gitops-errors';
import {
  completeImage,
  createBranch,
  createPullRequest,
  createTag,
  ensureWebhook,
  kubernetesPullRequest,
  mergePullRequest,
  setImage,
} from '@bowline/gitops-operations';
import type { ProviderKind, ProviderRepository } from '@bowline/gitops-providers';
import { type JobCall, jobEndpoint } from '../endpoint.ts';
import type { NamedRepository } from '../forges.ts';
import * as body from '../schemas/requests.ts';
import * as result from '../schemas/results.ts';

/** Opens the repository of a job, and names it for the notification. */
async function open(call: JobCall, named: NamedRepository): Promise<ProviderRepository> {
  const { provider, repository } = await call.forges.open(named);
  call.setRepository({ fullName: repository.fullName, provider: provider.kind });
  return repository;
}

const createBranchJob = jobEndpoint({
  path: '/v1/gitops/create-branch',
  operationId: 'createBranch',
  summary: 'Create a branch at the tip of another one.',
  description: 'A branch that exists already is a success: `created` is false.',
  access: 'write',
  job: 'create-branch',
  input: body.createBranchBody,
  example: { repo: 'gitops-k8s', src_branch: 'prod', dest_branch: 'release-2.1' },
  result: result.createBranchResult,
  subject: (input) => input.dest_branch,
  run: async (input, call) =>
    createBranch(
      {
        repository: await open(call, input),
        source: input.src_branch,
        destination: input.dest_branch,
      },
      call.options,
    ),
});

const setImageJob = jobEndpoint({
  path: '/v1/gitops/set-image-yaml',
  operationId: 'setImageYaml',
  summary: 'Set an image in a YAML file of a branch, and commit it.',
  description:
    'Changes the bytes of the image and nothing else: comments, quotes and order stay. A file that has the image already is a success without a commit: `skipped` is true. Other commits that arrive meanwhile are never lost.',
  access: 'write',
  job: 'set-image',
  input: body.setImageBody,
  example: {
    repo: 'gitops-k8s',
    refs: 'staging',
    yaml_path: 'shop/web_deployment.yaml',
    image: 'registry.example.com/shop/web:2.1.0',
  },
  result: result.setImageResult,
  subject: (input) => `${input.yaml_path} on ${input.refs}`,
  run: async (input, call) =>
    setImage(
      {
        repository: await open(call, input),
        branch: input.refs,
        path: input.yaml_path,
        image: input.image,
        container: input.container,
        all: input.all,
      },
      call.options,
    ),
});

const pullRequestJob = jobEndpoint({
  path: '/v1/gitops/pull-request',
  operationId: 'createPullRequest',
  summary: 'Open a pull request, or find the open one.',
  description:
    'There is never a second pull request for the same two branches: the open one is found, and its title and description are brought up to date.',
  access: 'write',
  job: 'pull-request',
  input: body.pullRequestBody,
  example: { repo: 'gitops-k8s', src_branch: 'release-2.1', dest_branch: 'prod' },
  result: result.pullRequestResult,
  subject: (input) => `${input.src_branch} to ${input.dest_branch}`,
  run: async (input, call) =>
    createPullRequest(
      {
        repository: await open(call, input),
        source: input.src_branch,
        destination: input.dest_branch,
        title: input.title,
        description: input.description,
        deleteAfterMerge: input.delete_after_merge,
      },
      call.options,
    ),
});

const mergeJob = jobEndpoint({
  path: '/v1/gitops/merge',
  operationId: 'mergePullRequest',
  summary: 'Merge a pull request and wait until it is merged.',
  description:
    'Merges exactly the commit that it saw: commits that arrive in between are not merged unseen. A merged pull request is a success: `already_merged` is true.',
  access: 'write',
  job: 'merge',
  input: body.mergeBody,
  example: { pr_url: 'https://bitbucket.org/acme/gitops-k8s/pull-requests/42' },
  result: result.mergeResult,
  subject: (input) => input.pr_url,
  run: async (input, call) => {
    const { provider, repository, id } = await call.forges.openPullRequest(input.pr_url);
    call.setRepository({ fullName: repository.fullName, provider: provider.kind });
    return mergePullRequest(
      { repository, id, strategy: input.strategy, deleteAfterMerge: input.delete_after_merge },
      call.options,
    );
  },
});

const kubernetesPullRequestJob = jobEndpoint({
  path: '/v1/gitops/k8s-pr',
  operationId: 'kubernetesPullRequest',
  summary: 'Move an image into an environment: branch, edit, pull request and, if asked, merge.',
  description:
    'The branch and the file come from the configured templates. Running it again finds what is there: an environment that has the image already is a success without any write.',
  access: 'write',
  job: 'k8s-pr',
  input: body.kubernetesPullRequestBody,
  example: {
    cluster: 'prod',
    namespace: 'shop',
    deploy: 'web',
    image: 'registry.example.com/shop/web:2.1.0',
    approve_merge: true,
  },
  result: result.kubernetesPullRequestResult,
  subject: (input) => `${input.namespace}/${input.deploy} in ${input.cluster}`,
  run: async (input, call) => {
    const { config } = call.forges;
    const settings = config.kubernetesPullRequest;
    const { cluster, namespace, deploy } = input;
    const values = { cluster, namespace, deploy };
    const repo = input.repo ?? settings.repository;
    return kubernetesPullRequest(
      {
        repository: await open(call, { ...input, repo }),
        ...values,
        image: completeImage(input.image, { deploy, registry: config.defaults.imageRegistry }),
        branch: renderTemplate(settings.branchTemplate, values),
        path: renderTemplate(settings.yamlTemplate, values),
        container: input.container,
        all: input.all,
        approveMerge: input.approve_merge,
        strategy: input.strategy,
      },
      call.options,
    );
  },
});

const tagJob = jobEndpoint({
  path: '/v1/gitops/tag',
  operationId: 'createTag',
  summary: 'Tag a commit of a branch.',
  description:
    'A tag that is on that commit already is a success; one on another commit is a problem: released tags do not move.',
  access: 'write',
  job: 'tag',
  input: body.tagBody,
  example: { repo: 'gitops-k8s', branch: 'prod', commit_id: 'HEAD', tag_name: 'v2.1.0' },
  result: result.tagResult,
  subject: (input) => input.tag_name,
  run: async (input, call) =>
    createTag(
      {
        repository: await open(call, input),
        branch: input.branch,
        commit: input.commit_id,
        name: input.tag_name,
        message: input.message,
      },
      call.options,
    ),
});

const webhookJob = jobEndpoint({
  path: '/v1/gitops/webhook',
  operationId: 'ensureWebhook',
  summary: 'Make sure that a repository calls an address on pushes and pull requests.',
  description:
    'One webhook per address: an existing one is brought up to date. Deliveries to this server are signed with the secret that it is configured with for the forge.',
  access: 'admin',
  job: 'webhook',
  input: body.webhookBody,
  example: {
    repo: 'gitops-k8s',
    webhook_url: 'https://gitops.example.com/v1/webhooks/bitbucket-cloud',
  },
  result: result.webhookResult,
  subject: () => 'webhook',
  run: async (input, call) => {
    const { provider, repository } = await call.forges.open(input);
    call.setRepository({ fullName: repository.fullName, provider: provider.kind });
    const url = input.webhook_url;
    const secret = webhookSecret(call.forges.config, { kind: provider.kind, url });
    return ensureWebhook({ repository, url, remove: input.delete, secret }, call.options);
  },
});

/** The secret of this server signs what is sent to this server, and nothing else. */
function webhookSecret(
  { server: { publicUrl, webhooks } }: Config,
  { kind, url }: { readonly kind: ProviderKind; readonly url: string },
): Secret | undefined {
  const own = publicUrl !== undefined && url.startsWith(`${publicUrl}/v1/webhooks/`);
  if (!own || kind === 'local') return undefined;
  return webhooks[kind]?.[0];
}

/** The endpoints that run one job each. */
export const jobEndpoints = [
  createBranchJob,
  setImageJob,
  pullRequestJob,
  mergeJob,
  kubernetesPullRequestJob,
  tagJob,
  webhookJob,
];
