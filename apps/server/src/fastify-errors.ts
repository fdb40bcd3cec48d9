import { isGitOpsError } from '@bowline/gitops-errors';
import { ServerError } from './errors.ts';

/** Gives an error of Fastify, which is about the HTTP message itself, its place among ours. Anything else stays what it is. */
export function fromFastify(error: unknown): unknown {
  if (isGitOpsError(error) || !(error instanceof Error) || !('statusCode' in error)) return error;
  const { statusCode } = error;
  const message = error.message.replace(/\.+$/, '');
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode > 499) return error;
  if (statusCode === 413) {
    return new ServerError('SERVER_BODY_TOO_LARGE', 'The body of the request is too large.', {
      cause: error,
    });
  }
  if (statusCode === 415) {
    return new ServerError(
      'SERVER_MEDIA_TYPE_UNSUPPORTED',
      'The body of the request is not JSON, or does not say so.',
      { cause: error },
    );
  }
  return new ServerError('SERVER_REQUEST_INVALID', `The request cannot be read: ${message}.`, {
    cause: error,
    details: { issues: [{ path: 'request', message }] },
  });
}
