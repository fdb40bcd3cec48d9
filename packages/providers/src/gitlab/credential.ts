import { authorizationHeader } from '../http/authorization.ts';
import type { GitlabAuth } from './options.ts';

/** The headers of one credential: for the API, and for Git over HTTP. */
export interface CredentialHeaders {
  readonly api: Readonly<Record<string, string>>;
  readonly git: Readonly<Record<string, string>>;
}

const JOB_USER = 'gitlab-ci-token';

/**
 * Builds the headers that carry a credential (GitLab docs, "REST API authentication" and "Git over HTTPS").
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when the credential cannot stand in a header. The value is never shown.
 */
export function credentialHeaders(auth: GitlabAuth): CredentialHeaders {
  const token = auth.type === 'basic' ? auth.password : auth.token;
  const job = auth.type === 'job-token' || (auth.type === 'basic' && auth.username === JOB_USER);
  const bearer = authorizationHeader({ type: 'bearer', token });
  // Any user name goes with an access token; "oauth2" is what OAuth tokens want.
  const username = job ? JOB_USER : 'oauth2';
  const git = { authorization: authorizationHeader({ type: 'basic', username, password: token }) };
  if (job) return { api: { 'job-token': token.reveal() }, git };
  return {
    api:
      auth.type === 'private-token'
        ? { 'private-token': token.reveal() }
        : { authorization: bearer },
    git,
  };
}
