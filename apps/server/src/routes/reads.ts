import type { CommitInfo } from '@bowline/gitops-git';
import { listPullRequests, OperationError, pullRequestDiff } from '@bowline/gitops-operations';
import { readEndpoint } from '../endpoint.ts';
import * as query from '../schemas/requests.ts';
import * as result from '../schemas/results.ts';

const SHORT_SHA = 12;

const pullRequestsRead = readEndpoint({
  path: '/v1/gitops/pull-requests',
  operationId: 'listPullRequests',
  summary: 'List the pull requests of a repository, newest first.',
  access: 'read',
  input: query.pullRequestsQuery,
  example: { repo: 'gitops-k8s', status: 'open' },
  result: result.pullRequestList,
  read: async ({ status, limit, ...named }, { forges, signal }) => {
    const { repository } = await forges.open(named);
    return listPullRequests({ repository, status, limit }, { signal });
  },
});

const pullRequestDiffRead = readEndpoint({
  path: '/v1/gitops/pull-requests/{id}/diff',
  operationId: 'pullRequestDiff',
  summary: 'Show the unified diff of a pull request.',
  access: 'read',
  input: query.pullRequestDiffQuery,
  example: { repo: 'gitops-k8s', id: '42' },
  result: result.pullRequestDiff,
  read: async ({ id, ...named }, { forges, signal }) => {
    const { repository } = await forges.open(named);
    return pullRequestDiff({ repository, id }, { signal });
  },
});

const tagsRead = readEndpoint({
  path: '/v1/gitops/tags',
  operationId: 'listTags',
  summary: 'List the tags of a repository with their commits.',
  access: 'read',
  input: query.tagsQuery,
  example: { repo: 'gitops-k8s' },
  result: result.tagList,
  read: async ({ limit, ...named }, { forges, signal }) => {
    const { repository } = await forges.open(named);
    const tags: { readonly name: string; readonly sha: string }[] = [];
    let truncated = false;
    for await (const { name, sha } of repository.tags.list({ signal })) {
      truncated = tags.length === limit;
      if (truncated) break;
      tags.push({ name, sha });
    }
    return {
      success: true as const,
      repository: repository.fullName,
      count: tags.length,
      truncated,
      tags,
    };
  },
});

const logsRead = readEndpoint({
  path: '/v1/gitops/logs',
  operationId: 'readLog',
  summary: 'List the newest commits of a branch or tag.',
  access: 'read',
  input: query.logsQuery,
  example: { repo: 'gitops-k8s', ref: 'prod', limit: '20' },
  result: result.commitLog,
  read: async ({ ref, limit, ...named }, { forges, signal }) => {
    const address = forges.addressOf(named);
    const commits = await forges.readLog(address, { ref, limit, signal });
    return {
      success: true as const,
      repository: address.repository,
      ref,
      count: commits.length,
      commits: commits.map(commitData),
    };
  },
});

const fileRead = readEndpoint({
  path: '/v1/gitops/file',
  operationId: 'readFile',
  summary: 'Read one file of a repository at a branch, tag or commit.',
  description: 'The content is the file as it is; nothing in it is masked.',
  access: 'read',
  input: query.fileQuery,
  example: { repo: 'gitops-k8s', ref: 'prod', path: 'shop/web_deployment.yaml' },
  result: result.fileResult,
  verbatim: ['content'],
  read: async ({ ref, path, ...named }, { forges, signal }) => {
    const { repository } = await forges.open(named);
    const file = await repository.files.read(path, ref, { signal });
    if (file === undefined) {
      throw new OperationError(
        'OPERATION_FILE_NOT_FOUND',
        `"${ref}" of "${repository.fullName}" has no file "${path}".`,
      );
    }
    const text = asText(file.content);
    return {
      success: true as const,
      repository: repository.fullName,
      ref,
      path,
      size: file.content.length,
      binary: text === undefined,
      content: text ?? Buffer.from(file.content).toString('base64'),
    };
  },
});

/** The endpoints that read. */
export const readEndpoints = [pullRequestsRead, pullRequestDiffRead, tagsRead, logsRead, fileRead];

function commitData({ sha, parents, author, message }: CommitInfo) {
  return {
    sha,
    short_sha: sha.slice(0, SHORT_SHA),
    parents: [...parents],
    author: author.name,
    email: author.email,
    date: new Date(author.timestamp * 1000).toISOString(),
    subject: message.split('\n', 1)[0] ?? '',
    message,
  };
}

function asText(content: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    // Not UTF-8: shown in base64.
    return undefined;
  }
}
