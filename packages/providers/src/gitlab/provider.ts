import { connectHttp, type ForgeConnection } from '../forge-options.ts';
import { apiAddress } from '../http/api-address.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { checkRefName } from '../names.ts';
import type { Provider } from '../provider-types.ts';
import type { ProviderRepository, RepositoryInfo } from '../repository-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, webLink } from './api.ts';
import { type VersionLookup, versionLookup } from './auto-merge.ts';
import { branches } from './branches.ts';
import { ci } from './ci.ts';
import { commits } from './commits.ts';
import { credentialHeaders } from './credential.ts';
import { explainResponse } from './errors.ts';
import { files } from './files.ts';
import { checkProjectPath } from './names.ts';
import type { GitlabOptions } from './options.ts';
import { parsePullRequestUrl } from './pull-request-url.ts';
import { pullRequests } from './pull-requests.ts';
import { rateLimitOf } from './rate-limit.ts';
import { projectSchema } from './schemas.ts';
import { statuses } from './statuses.ts';
import { tags } from './tags.ts';
import { verifyWebhook } from './webhook-events.ts';
import { webhooks } from './webhooks.ts';

/**
 * Connects to GitLab by its REST API v4: gitlab.com, or an instance of one's own, also below a relative URL root.
 *
 * Sends nothing by itself. The credential goes to the origins of `apiUrl` and `webUrl` (Git over HTTP) and nowhere else, also after a
 * redirect. Requests that are safe to repeat are repeated after trouble on the way; after any other the state is read first, so
 * that nothing is done twice.
 *
 * Two requests change a file on a new branch: `files.read` takes one and answers with the commit, `commits.create` another one. On a
 * branch that exists it is one more, since the commits API of GitLab takes no expected head: the commit is made on a temporary
 * branch, and a push moves the branch to it. `expectedHead` holds as strictly as in a push of Git. A file that is new costs a small
 * request and a second try, since GitLab has to be told that it is.
 *
 * How a merge request is merged is a setting of the project (`merge`, semi-linear or `fast-forward`); a strategy that it does not
 * have is `PROVIDER_MERGE_BLOCKED`. `rebase` rebases the source first, and so does `squash` where the project wants a linear history.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when an address or the credential cannot be used.
 *
 * @example
 * ```ts
 * import { gitlab } from '@bowline/gitops-providers/gitlab';
 * import { Secret } from '@bowline/gitops-errors';
 *
 * const provider = gitlab({
 *   host: 'gitlab.example.com',
 *   auth: { type: 'bearer', token: new Secret('an access token') },
 * });
 * const repository = provider.repository('acme/platform/gitops-k8s');
 * console.log(repository.fullName);
 * //=> acme/platform/gitops-k8s
 * ```
 */
export function gitlab(options: GitlabOptions): Provider {
  const { host = 'gitlab.com', temporaryBranches = 'bowline-tmp/' } = options;
  const web = apiAddress(options.webUrl ?? `https://${host}`, 'web address', options);
  const webUrl = web.href.replace(/\/+$/, '');
  checkRefName(`${temporaryBranches}x`, 'temporary branch');
  const credential = credentialHeaders(options.auth);
  const connection = connectHttp(options, {
    apiUrl: options.apiUrl ?? `${webUrl}/api/v4`,
    authorize: () => credential.api,
    explain: explainResponse,
    rateLimit: rateLimitOf,
  });
  const git = connectHttp(options, {
    apiUrl: webUrl,
    authorize: () => credential.git,
    explain: explainResponse,
    rateLimit: rateLimitOf,
  });
  const version = versionLookup({ http: connection.http, forge: 'GitLab' });
  const place = { webUrl, temporaryBranches, git: git.http, version };
  return {
    kind: 'gitlab',
    host: web.host,
    mergeStrategies: ['merge', 'squash', 'fast-forward', 'rebase'],
    repository: (fullName) => repository(connection, fullName, place),
    parsePullRequestUrl: (url) => parsePullRequestUrl(url, web),
    verifyWebhook: (delivery, secret) => verifyWebhook(delivery, secret, connection.clock),
  };
}

function repository(
  connection: ForgeConnection,
  fullName: string,
  place: Pick<RepositoryApi, 'webUrl' | 'git' | 'temporaryBranches'> & {
    readonly version: VersionLookup;
  },
): ProviderRepository {
  checkProjectPath(fullName);
  const api: RepositoryApi = {
    ...connection,
    forge: 'GitLab',
    fullName,
    path: `/projects/${encodeURIComponent(fullName)}`,
    webUrl: `${place.webUrl}/${fullName}`,
    git: place.git,
    temporaryBranches: place.temporaryBranches,
  };
  return {
    fullName,
    get: (options) => getRepository(api, options),
    branches: branches(api),
    files: files(api),
    commits: commits(api),
    pullRequests: pullRequests(api, place.version),
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
    doing: `read project "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 404) return undefined;
  const answer = parseAnswer(api, projectSchema, { response, request });
  return {
    fullName: answer.path_with_namespace,
    // An empty project has the name of a branch that is still to come.
    defaultBranch: answer.empty_repo === true ? undefined : (answer.default_branch ?? undefined),
    private: answer.visibility !== 'public',
    webUrl: webLink(answer.web_url, api.webUrl),
    cloneUrl: webLink(answer.http_url_to_repo, `${api.webUrl}.git`),
  };
}
