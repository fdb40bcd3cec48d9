import { connectHttp, type ForgeConnection } from '../forge-options.ts';
import { apiAddress } from '../http/api-address.ts';
import { authorizationHeader } from '../http/authorization.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import type { Provider } from '../provider-types.ts';
import type { ProviderRepository, RepositoryInfo } from '../repository-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, webLink } from './api.ts';
import { branches } from './branches.ts';
import { ci } from './ci.ts';
import { commits } from './commits.ts';
import { explainResponse } from './errors.ts';
import { files } from './files.ts';
import { checkRepositoryName } from './names.ts';
import type { BitbucketCloudOptions } from './options.ts';
import { parsePullRequestUrl } from './pull-request-url.ts';
import { pullRequests } from './pull-requests.ts';
import { repositorySchema } from './schemas.ts';
import { statuses } from './statuses.ts';
import { tags } from './tags.ts';
import { verifyWebhook } from './webhook-events.ts';
import { webhooks } from './webhooks.ts';

/**
 * Connects to Bitbucket Cloud by its REST API 2.0.
 *
 * Sends nothing by itself. The credential goes to the origin of `apiUrl` and nowhere else, also after a redirect. Requests that are
 * safe to repeat are repeated after trouble on the way; after any other the state is read first, so that nothing is done twice.
 *
 * Three requests change a file: `files.read(path, branch)` takes two and answers with the commit and the mode, and
 * `commits.create` with these takes one. A write without a mode costs one request more, since Bitbucket takes the executable bit
 * from a file that is sent without it.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when an address or the credential cannot be used.
 *
 * @example
 * ```ts
 * import { bitbucketCloud } from '@bowline/gitops-providers/bitbucket-cloud';
 * import { Secret } from '@bowline/gitops-errors';
 *
 * const provider = bitbucketCloud({
 *   auth: { type: 'basic', username: 'me@example.com', password: new Secret('an API token') },
 * });
 * const repository = provider.repository('acme/gitops-k8s');
 * console.log(repository.fullName);
 * //=> acme/gitops-k8s
 * ```
 */
export function bitbucketCloud(options: BitbucketCloudOptions): Provider {
  const { apiUrl = 'https://api.bitbucket.org/2.0', webUrl = 'https://bitbucket.org' } = options;
  const web = apiAddress(webUrl, 'web address', options);
  const authorization = authorizationHeader(options.auth);
  const connection = connectHttp(options, {
    apiUrl,
    authorize: () => ({ authorization }),
    // 555 is Bitbucket's own code for a request that it gave up on.
    transient: [502, 503, 504, 555],
    explain: explainResponse,
  });
  return {
    kind: 'bitbucket-cloud',
    host: web.host,
    mergeStrategies: ['merge', 'squash', 'fast-forward', 'rebase'],
    repository: (fullName) => repository(connection, fullName, web),
    parsePullRequestUrl: (url) => parsePullRequestUrl(url, web),
    verifyWebhook,
  };
}

function repository(connection: ForgeConnection, fullName: string, web: URL): ProviderRepository {
  const { workspace, slug } = checkRepositoryName(fullName);
  const place = `${encodeURIComponent(workspace)}/${encodeURIComponent(slug)}`;
  const api: RepositoryApi = {
    ...connection,
    forge: 'Bitbucket',
    fullName,
    path: `/repositories/${place}`,
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
  const clone = answer.links?.clone?.find(({ name }) => name === 'https')?.href;
  return {
    fullName: answer.full_name,
    defaultBranch: answer.mainbranch?.name,
    private: answer.is_private,
    webUrl: webLink(answer.links, api.webUrl),
    cloneUrl: withoutUser(clone) ?? `${api.webUrl}.git`,
  };
}

/** Bitbucket writes the name of the account into the clone address; a credential is found by host, so it is cut. */
function withoutUser(address: string | undefined): string | undefined {
  if (address === undefined || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (!/^https?:$/.test(url.protocol)) return undefined;
  url.username = '';
  url.password = '';
  return url.href;
}
