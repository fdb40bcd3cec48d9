import { connectHttp, type ForgeConnection } from '../forge-options.ts';
import { authorizationHeader } from '../http/authorization.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { isWebAddress } from '../names.ts';
import type { Provider } from '../provider-types.ts';
import type { ProviderRepository, RepositoryInfo } from '../repository-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type Addresses, addressesOf } from './addresses.ts';
import type { RepositoryApi } from './api.ts';
import { branches, getBranch } from './branches.ts';
import { commits } from './commits.ts';
import { explainResponse } from './errors.ts';
import { files } from './files.ts';
import { checkRepositoryName, webPath } from './names.ts';
import type { BitbucketDatacenterOptions } from './options.ts';
import { branchOf } from './pull-request-answer.ts';
import { parsePullRequestUrl } from './pull-request-url.ts';
import { pullRequests } from './pull-requests.ts';
import { defaultBranchSchema, repositorySchema } from './schemas.ts';
import { statuses } from './statuses.ts';
import { tags } from './tags.ts';
import { verifyWebhook } from './webhook-events.ts';
import { webhooks } from './webhooks.ts';

/**
 * Connects to Bitbucket Data Center by its REST API.
 *
 * Sends nothing by itself. The credential goes to the origin of `apiUrl` and nowhere else, also after a redirect. Requests that are
 * safe to repeat are repeated after trouble on the way; after any other the state is read first, so that nothing is done twice.
 *
 * `files.read(path, branch)` takes two requests and answers with the commit. `commits.create` of one regular file takes three, the
 * first of which reads its mode. The API writes one file per commit and compares that file alone, so `commitFiles` makes all other
 * commits by a push: everything on a branch that is there, and what has several files, deletions, modes or an author. That takes no
 * request beside those of the push, or one that makes the branch. Without `commitFiles` these commits are refused, but for one regular
 * file on a branch that is there: a push of other files in the last round trip before it ends up below the commit, and is then
 * reported as `PROVIDER_CONFLICT` with `details.landed`.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when an address or the credential cannot be used.
 *
 * @example
 * ```ts
 * import { Secret } from '@bowline/gitops-errors';
 * import { openGit } from '@bowline/gitops-git';
 * import { ProviderError } from '@bowline/gitops-providers';
 * import { bitbucketDatacenter } from '@bowline/gitops-providers/bitbucket-datacenter';
 *
 * const token = new Secret('an HTTP access token');
 * const git = openGit();
 * const provider = bitbucketDatacenter({
 *   host: 'git.example.com',
 *   auth: { type: 'bearer', token },
 *   commitFiles: async ({ cloneUrl, branch, expectedHead, message, changes, author, signal }) =>
 *     git.editBranch({
 *       remote: cloneUrl,
 *       branch,
 *       author: author ?? { name: 'Deploy Bot', email: 'deploy@example.com' },
 *       credentials: () => ({ username: 'deploy', password: token }),
 *       signal,
 *       edit: ({ commit }) => {
 *         if (commit === expectedHead) return { message, changes };
 *         throw new ProviderError('PROVIDER_CONFLICT', `Branch "${branch}" is at "${commit}".`);
 *       },
 *     }),
 * });
 * console.log(provider.repository('SHOP/gitops-k8s').fullName);
 * //=> SHOP/gitops-k8s
 * ```
 */
export function bitbucketDatacenter(options: BitbucketDatacenterOptions): Provider {
  const addresses = addressesOf(options);
  const { apiUrl, web } = addresses;
  const authorization = authorizationHeader(options.auth);
  const connection = connectHttp(options, {
    apiUrl,
    authorize: () => ({ authorization }),
    explain: explainResponse,
  });
  const { commitFiles } = options;
  return {
    kind: 'bitbucket-datacenter',
    host: web.host,
    mergeStrategies: ['merge', 'squash', 'fast-forward', 'rebase'],
    repository: (fullName) => repository({ ...connection, commitFiles }, fullName, addresses),
    parsePullRequestUrl: (url) => parsePullRequestUrl(url, web),
    verifyWebhook,
  };
}

function repository(
  connection: ForgeConnection & Pick<RepositoryApi, 'commitFiles'>,
  fullName: string,
  { web, restUrl }: Addresses,
): ProviderRepository {
  const { key, slug } = checkRepositoryName(fullName);
  const base = web.href.replace(/\/+$/, '');
  const api: RepositoryApi = {
    ...connection,
    forge: 'Bitbucket Data Center',
    fullName,
    key,
    slug,
    path: `/projects/${encodeURIComponent(key)}/repos/${encodeURIComponent(slug)}`,
    webUrl: `${base}${webPath({ key, slug })}`,
    cloneUrl: `${base}/scm/${encodeURIComponent(key.toLowerCase())}/${encodeURIComponent(slug)}.git`,
    restUrl,
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
  const [response, defaultBranch] = await Promise.all([
    send(api, request),
    readDefaultBranch(api, { signal }),
  ]);
  if (response.status === 404) return undefined;
  const answer = parseAnswer(api, repositorySchema, { response, request });
  const clone = answer.links?.clone?.find(({ name }) => name === 'http' || name === 'https')?.href;
  const page = answer.links?.self?.[0]?.href;
  return {
    fullName: `${answer.project.key}/${answer.slug}`,
    defaultBranch,
    private: answer.public !== true,
    webUrl: page && isWebAddress(page) ? page.replace(/\/browse\/?$/, '') : api.webUrl,
    cloneUrl: withoutUser(clone) ?? api.cloneUrl,
  };
}

/** Reads the default branch. It is configured before it is there, so it is looked for too. */
async function readDefaultBranch(
  api: RepositoryApi,
  { signal }: RequestOptions,
): Promise<string | undefined> {
  const request = {
    path: '/default-branch',
    expect: [200, 204, 404],
    doing: `read the default branch of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status !== 200) return undefined;
  const { id } = parseAnswer(api, defaultBranchSchema, { response, request });
  return (await getBranch(api, branchOf(id), { signal }))?.name;
}

/** The server writes the name of the account into the clone address; a credential is found by host, so it is cut. */
function withoutUser(address: string | null | undefined): string | undefined {
  if (!address || !isWebAddress(address)) return undefined;
  const url = new URL(address);
  url.username = '';
  url.password = '';
  return url.href;
}
