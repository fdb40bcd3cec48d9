// Tells what went wrong by its code, and never shows the token.
import { isGitOpsError, Secret, serializeError } from '@bowline/gitops-errors';
import { connect } from '@bowline/gitops-providers';

const forge = await connect({
  kind: 'bitbucket-cloud',
  auth: { type: 'bearer', token: new Secret('do-not-show-this-token') },
  apiUrl: 'http://127.0.0.1:9/2.0',
  maxRetries: 0,
});
try {
  await forge.repository('acme/shop').branches.get('main');
} catch (error) {
  if (!isGitOpsError(error)) throw error;
  console.log(error.code, error.retryable ? 'try again later' : 'do not try again');
  console.log(
    JSON.stringify(serializeError(error)).includes('do-not-show') ? 'leaked' : 'no secret shown',
  );
}
