import { connectHttp, type ForgeConnection } from '../forge-options.ts';
import { apiAddress } from '../http/api-address.ts';
import { authorizationHeader } from '../http/authorization.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import type { Provider } from '../provider-types.ts';
import type { ProviderRepository, RepositoryInfo } from '../repository-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, webLink } from './api.ts';
import { BranchTurns } from './branch-turns.ts';
import { branches } from './branches.ts';
import { ci } from './ci.ts';
import { commits } from './commits.ts';
import { explainResponse } from './errors.ts';
import { files } from './files.ts';
import { checkRepositoryName } from './names.ts';
import type { GiteaOptions } from './options.ts';
import { parsePullRequestUrl } from './pull-request-url.ts';
import { pullRequests } from './pull-requests.ts';
import { RepositoryMemory } from './repository-memory.ts';
import { repositorySchema } from './schemas.ts';
import { statuses } from './statuses.ts';
import { tags } from './tags.ts';
import { verifyWebhook } from './webhook-events.ts';
import { webhooks } from './webhooks.ts';

/**
 * Connects to Gitea or Forgejo by the REST API v1.
 *
 * Sends nothing by itself. The credential goes to the origin of `apiUrl` and nowhere else, also after a redirect. Requests that are
 * safe to repeat are repeated after trouble on the way; after any other the state is read first, so that nothing is done twice.
 *
 * `files.read(path, branch)` takes two requests and answers with the commit. With that as `expectedHead`, `commits.create` takes
 * one for a new branch, and two for the branch itself: the API takes no expected head, so the branch is read once more right before.
 * A file that was not read at that commit, and a write with a mode, cost one or more requests beside.
 *
 * A commit on an existing branch never goes over what somebody else wrote, since each file is guarded by its blob. A push of other
 * files in the last round trip before it ends up below the commit, and is then reported as `PROVIDER_CONFLICT` with `details.landed`.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when an address or the credential cannot be used.
 *
 * @example
 * ```ts
 * import { gitea } from '@bowline/gitops-providers/gitea';
 * import { Secret } from '@bowline/gitops-errors';
 *
 * const provider = gitea({
 *   host: 'codeberg.org',
 *   auth: { type: 'bearer', token: new Secret('an access token') },
 * });
 * const repository = provider.repository('acme/gitops-k8s');
 * console.log(provider.host, repository.fullName);
 * //=> codeberg.org acme/gitops-k8s
 * ```
 */
export function gitea(options: GiteaOptions): Provider {
  const { host = 'gitea.com' } = options;
  const apiUrl = options.apiUrl ?? `https://${host}/api/v1`;
  const webUrl = options.webUrl ?? webAddressOf(apiUrl) ?? `https://${host}`;
  const web = apiAddress(webUrl, 'web address', options);
  const authorization = authorizationHeader(options.auth);
  const connection = connectHttp(options, {
    apiUrl,
    authorize: () => ({ authorization }),
    explain: explainResponse,
  });
  const known = new Map<string, Shared>();
  return {
    kind: 'gitea',
    host: web.host,
    mergeStrategies: ['merge', 'squash', 'fast-forward', 'rebase'],
    repository: (fullName) => repository(connection, fullName, { web, known }),
    parsePullRequestUrl: (url) => parsePullRequestUrl(url, web),
    verifyWebhook,
  };
}

/** The pages are where the API is, also below a path: `https://example.com/git/api/v1` → `https://example.com/git`. */
function webAddressOf(apiUrl: string): string | undefined {
  const [, address] = /^(.+)\/api\/v1\/*$/.exec(apiUrl) ?? [];
  return address;
}

const MAX_REMEMBERED = 200;

/** What all handles of one repository share. */
type Shared = Pick<RepositoryApi, 'memory' | 'turns'>;

function repository(
  connection: ForgeConnection,
  fullName: string,
  { web, known }: { readonly web: URL; readonly known: Map<string, Shared> },
): ProviderRepository {
  const { owner, name } = checkRepositoryName(fullName);
  const place = `${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
  const key = fullName.toLowerCase();
  const shared = known.get(key) ?? { memory: new RepositoryMemory(), turns: new BranchTurns() };
  known.delete(key);
  known.set(key, shared);
  for (const oldest of known.keys()) {
    if (known.size <= MAX_REMEMBERED) break;
    known.delete(oldest);
  }
  const api: RepositoryApi = {
    ...connection,
    ...shared,
    forge: 'Gitea',
    fullName,
    path: `/repos/${place}`,
    webUrl: `${web.href.replace(/\/+$/, '')}/${place}`,
  };
  return {
    fullName,
    get: (options) => getRepository(api, options),
    branches: branches(api),
    files: files(api),
    commits: commits(api),
    pullRequests: pullRequests(api),
    statuses: statuses(api),
    tags: tags(api),
    webhooks: webhooks(api),
    ci: ci(api),
  };
}

async function getRepository(
  api: RepositoryApi,
  { signal }: RequestOptions = {},
): Promise<RepositoryInfo | undefined> {
  const request = {
    path: '',
    expect: [200, 404],
    doing: `read repository "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 404) return undefined;
  const answer = parseAnswer(api, repositorySchema, { response, request });
  return {
    fullName: answer.full_name,
    defaultBranch: answer.empty ? undefined : (answer.default_branch ?? undefined),
    private: answer.private,
    webUrl: webLink(answer.html_url, api.webUrl),
    cloneUrl: webLink(answer.clone_url, `${api.webUrl}.git`),
  };
}
