import type { Secret } from '@bowline/gitops-errors';
import type * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import type { ForgeConnection } from '../forge-options.ts';
import { authorizationHeader } from '../http/authorization.ts';
import { sendForJson } from '../http/json-api.ts';
import { Lane } from '../http/lane.ts';
import { abortable } from '../http/transport-error.ts';
import type { Provider } from '../provider-types.ts';
import type { ProviderRepository, RepositoryInfo } from '../repository-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { addressesOf, type GithubAddresses } from './addresses.ts';
import { type RepositoryApi, webLink } from './api.ts';
import { AppTokens } from './app-tokens.ts';
import { branches, getBranch } from './branches.ts';
import { ci } from './ci.ts';
import { commits } from './commits.ts';
import { connectGitHub } from './connection.ts';
import { files } from './files.ts';
import { checkRepositoryName } from './names.ts';
import type { GithubOptions } from './options.ts';
import { parsePullRequestUrl } from './pull-request-url.ts';
import { pullRequests } from './pull-requests.ts';
import { RepositoryMemory } from './repository-memory.ts';
import { repositorySchema } from './schemas.ts';
import { statuses } from './statuses.ts';
import { tags } from './tags.ts';
import { verifyWebhook } from './webhook-events.ts';
import { webhooks } from './webhooks.ts';

const MAX_CONNECTIONS = 1000;

/**
 * Connects to GitHub: github.com, GHE.com or an Enterprise Server, by REST and GraphQL.
 *
 * Sends nothing by itself. The credential goes to the origin of the API and nowhere else, also after a redirect. Requests that are safe
 * to repeat are repeated after trouble on the way; after any other the state is read first, so that nothing is done twice. Writes
 * are sent one after the other, and answers that have not changed are asked for by their `ETag`, as GitHub wishes.
 *
 * Two requests change a file: `files.read(path, branch)` takes one and answers with the commit and the mode, and `commits.create` on
 * that commit takes one, also when it makes the branch. A write to a file that this repository object has not read there costs one
 * request more for its mode. A commit with an author, an executable file or a link is written as Git objects, which takes four
 * requests, and one more for each file that is no text.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when an address or the credential cannot be used.
 *
 * @example
 * ```ts
 * import { github } from '@bowline/gitops-providers/github';
 * import { Secret } from '@bowline/gitops-errors';
 *
 * const provider = github({ auth: { type: 'bearer', token: new Secret('an access token') } });
 * const repository = provider.repository('acme/gitops-k8s');
 * console.log(repository.fullName);
 * //=> acme/gitops-k8s
 * ```
 */
export function github(options: GithubOptions): Provider {
  const addresses = addressesOf(options);
  const accessTo = accesses(options, addresses);
  return {
    kind: 'github',
    host: addresses.web.host,
    // A fast-forward is no way to merge a pull request here: even "rebase" makes new commits.
    mergeStrategies: ['merge', 'squash', 'rebase'],
    repository: (fullName) => repository(fullName, addresses, accessTo),
    parsePullRequestUrl: (url) => parsePullRequestUrl(url, addresses.web),
    verifyWebhook,
  };
}

/** The way to a repository. */
interface Access {
  readonly connection: ForgeConnection;
  /** The token that is used; of an App alone. */
  readonly token?: () => Promise<Secret>;
}

type AccessTo = (repository: { readonly owner: string; readonly name: string }) => Access;

/** One connection for all repositories, or with an App one for each, since each has a token of its own. */
function accesses(options: GithubOptions, { apiUrl }: GithubAddresses): AccessTo {
  const { auth } = options;
  if (auth.type !== 'github-app') {
    const authorization = authorizationHeader(auth);
    const credential = { authorize: () => ({ authorization }), lane: new Lane() };
    const connection = connectGitHub(options, apiUrl, credential);
    return () => ({ connection });
  }
  const tokens = new AppTokens(auth, (credential) => connectGitHub(options, apiUrl, credential));
  const open = (place: Parameters<AccessTo>[0]): Access => {
    const credential = tokens.credentialOf(place);
    return {
      connection: connectGitHub(options, apiUrl, credential),
      token: () => credential.token(),
    };
  };
  const known = new Map<string, Access>();
  return (place) => {
    const key = `${place.owner}/${place.name}`.toLowerCase();
    const access = known.get(key) ?? open(place);
    // Moved to the end, so that the one that was not used for longest is given up.
    known.delete(key);
    known.set(key, access);
    const [oldest] = known.keys();
    if (known.size > MAX_CONNECTIONS && oldest !== undefined) known.delete(oldest);
    return access;
  };
}

function repository(
  fullName: string,
  { web, graphqlUrl }: GithubAddresses,
  accessTo: AccessTo,
): ProviderRepository {
  const { owner, name } = checkRepositoryName(fullName);
  const { connection, token } = accessTo({ owner, name });
  const api: RepositoryApi = {
    ...connection,
    forge: 'GitHub',
    fullName,
    owner,
    name,
    path: `/repos/${owner}/${name}`,
    graphqlUrl,
    webUrl: `${web.href.replace(/\/+$/, '')}/${owner}/${name}`,
    memory: new RepositoryMemory(),
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
    ...(token === undefined ? {} : { gitCredential: gitCredentialOf(token) }),
  };
}

/** Git takes the token of an App as a password (GitHub: "Authenticating as a GitHub App installation"). */
function gitCredentialOf(
  token: () => Promise<Secret>,
): NonNullable<ProviderRepository['gitCredential']> {
  return async ({ signal } = {}) => {
    const coming = token();
    const password = await (signal === undefined ? coming : abortable(coming, signal));
    return { username: 'x-access-token', password };
  };
}

async function getRepository(
  api: RepositoryApi,
  { signal }: RequestOptions = {},
): Promise<RepositoryInfo | undefined> {
  try {
    const answer = await sendForJson(api, repositorySchema, {
      path: '',
      expect: [200],
      doing: `read repository "${api.fullName}"`,
      signal,
    });
    return {
      fullName: answer.full_name,
      defaultBranch: await existingBranch(api, answer, signal),
      private: answer.private,
      webUrl: webLink(answer.html_url, api.webUrl),
      cloneUrl: webLink(answer.clone_url, `${api.webUrl}.git`),
    };
  } catch (error) {
    // An App hears already from its own token that there is none.
    if (error instanceof ProviderError && error.code === 'PROVIDER_NOT_FOUND') return undefined;
    throw error;
  }
}

/** GitHub names a default branch for an empty repository too, whose size is 0; that of a new one may be for a while. */
async function existingBranch(
  api: RepositoryApi,
  { default_branch, size }: v.InferOutput<typeof repositorySchema>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  if (!default_branch) return undefined;
  if (size !== 0) return default_branch;
  return (await getBranch(api, default_branch, { signal }))?.name;
}
