import { ProviderError } from '../errors.ts';
import { send } from '../http/json-api.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForPages } from './api.ts';
import { refused } from './errors.ts';
import { noPullRequest, pullRequestPath, readWithHeaders } from './pull-request-answer.ts';
import { userSchema } from './schemas.ts';

/** Sets what the account of the credential says of a pull request. */
export async function setApproval(
  api: RepositoryApi,
  { id, status }: { readonly id: number; readonly status: 'APPROVED' | 'UNAPPROVED' },
  { signal }: RequestOptions = {},
): Promise<void> {
  const doing = `${status === 'APPROVED' ? 'approve' : 'take back the approval of'} pull request ${id} of "${api.fullName}"`;
  const read = await readWithHeaders(api, id, { signal });
  if (read === undefined) throw noPullRequest(api, id);
  const name = accountOf(read.headers);
  if (name === undefined) {
    throw new ProviderError(
      'PROVIDER_FORBIDDEN',
      `Bitbucket Data Center names no account for this credential, so nobody can ${doing}.`,
      {
        hint: 'Use an HTTP access token of a user: tokens of a project or repository have no user.',
      },
    );
  }
  const slug = await slugOf(api, name, { signal });
  const response = await send(api, {
    method: 'PUT',
    path: `${pullRequestPath(id)}/participants/${encodeURIComponent(slug)}`,
    json: { status },
    // 400: the author of a pull request has no say in it; 409: it is closed.
    expect: [200, 400, 409],
    doing,
    signal,
  });
  if (response.status === 200) return;
  throw refused('PROVIDER_REJECTED', `"${name}" cannot ${doing}`, response);
}

/** Reads the name of the account that asked, which the server percent-encodes. */
function accountOf(headers: Headers): string | undefined {
  const name = headers.get('x-ausername') ?? '';
  if (name === '') return undefined;
  try {
    return decodeURIComponent(name);
  } catch {
    // It is no encoding then, but a name with a "%" in it.
    return name;
  }
}

/** Finds the slug of an account. A plain name is its own slug; for others the server makes one up. */
async function slugOf(
  api: RepositoryApi,
  name: string,
  { signal }: RequestOptions,
): Promise<string> {
  if (/^[a-z0-9][a-z0-9._-]*$/.test(name)) return name;
  const users = sendForPages(api, userSchema, {
    path: `${api.restUrl}/api/latest/users`,
    query: [
      ['filter', name],
      ['limit', '100'],
    ],
    expect: [200],
    doing: `find the account "${name}"`,
    signal,
  });
  for await (const { name: other, slug } of users) {
    if (other === name && slug) return slug;
  }
  throw new ProviderError(
    'PROVIDER_NOT_FOUND',
    `Bitbucket Data Center does not list the account "${name}", whose credential this is.`,
  );
}
