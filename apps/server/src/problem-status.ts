import type { ConfigErrorCode } from '@bowline/gitops-config';
import type { GitErrorCode } from '@bowline/gitops-git';
import type { ManifestErrorCode } from '@bowline/gitops-manifests';
import type { NotifyErrorCode } from '@bowline/gitops-notify';
import type { OperationErrorCode } from '@bowline/gitops-operations';
import type { ProviderErrorCode } from '@bowline/gitops-providers';
import type { ServerErrorCode } from './errors.ts';

type ErrorCode =
  | 'INTERNAL'
  | ConfigErrorCode
  | GitErrorCode
  | ManifestErrorCode
  | NotifyErrorCode
  | OperationErrorCode
  | ProviderErrorCode
  | ServerErrorCode;

/**
 * The HTTP status of each error code.
 *
 * 400 what the caller wrote, 404 and 409 what the repository says of it, 422 what was understood and refused, 5xx what the caller can do
 * nothing about: 500 a bug, 502 the forge or a credential that this server has for it, 503 not now, 504 not in time.
 */
export const problemStatus: Readonly<Record<ErrorCode, number>> = {
  INTERNAL: 500,

  SERVER_REQUEST_INVALID: 400,
  SERVER_ROUTE_NOT_FOUND: 404,
  SERVER_METHOD_NOT_ALLOWED: 405,
  SERVER_BODY_TOO_LARGE: 413,
  SERVER_MEDIA_TYPE_UNSUPPORTED: 415,
  SERVER_ORGANIZATION_MISSING: 400,
  SERVER_IDEMPOTENCY_KEY_REUSED: 422,
  SERVER_UNAUTHENTICATED: 401,
  SERVER_FORBIDDEN: 403,
  SERVER_HOST_REFUSED: 421,
  SERVER_ORIGIN_REFUSED: 403,
  SERVER_RATE_LIMITED: 429,
  // Both stop the start, so that no request is ever answered with them.
  SERVER_TOKENS_INVALID: 500,
  SERVER_TOKENS_MISSING: 500,
  SERVER_BUSY: 503,
  SERVER_STOPPING: 503,
  // Nobody is left to read it; logs and metrics have it.
  SERVER_REQUEST_CANCELLED: 499,
  SERVER_TIMEOUT: 504,

  OPERATION_INVALID_ARGUMENT: 400,
  OPERATION_BRANCH_NOT_FOUND: 404,
  OPERATION_FILE_NOT_FOUND: 404,
  OPERATION_PULL_REQUEST_NOT_FOUND: 404,
  OPERATION_PULL_REQUEST_CLOSED: 409,
  OPERATION_COMMIT_NOT_ON_BRANCH: 422,
  OPERATION_TAG_EXISTS: 409,
  OPERATION_BRANCH_MOVED: 409,
  OPERATION_NOT_SUPPORTED: 422,
  OPERATION_RUN_NOT_FOUND: 404,

  MANIFEST_SYNTAX: 422,
  MANIFEST_IMAGE_INVALID: 400,
  MANIFEST_IMAGE_NOT_FOUND: 422,
  MANIFEST_IMAGE_AMBIGUOUS: 422,
  MANIFEST_SHARED_ANCHOR: 422,
  MANIFEST_UNSAFE_EDIT: 422,
  MANIFEST_LIMIT_EXCEEDED: 422,

  PROVIDER_INVALID_ARGUMENT: 400,
  PROVIDER_UNAUTHENTICATED: 502,
  PROVIDER_FORBIDDEN: 403,
  PROVIDER_NOT_FOUND: 404,
  PROVIDER_ALREADY_EXISTS: 409,
  PROVIDER_CONFLICT: 409,
  PROVIDER_MERGE_CONFLICT: 409,
  PROVIDER_MERGE_BLOCKED: 409,
  PROVIDER_RATE_LIMITED: 503,
  PROVIDER_UNAVAILABLE: 502,
  PROVIDER_TIMEOUT: 504,
  PROVIDER_BAD_RESPONSE: 502,
  PROVIDER_REJECTED: 422,
  PROVIDER_WEBHOOK_UNVERIFIED: 401,
  PROVIDER_WEBHOOK_MALFORMED: 400,
  PROVIDER_LIMIT_EXCEEDED: 422,

  GIT_INVALID_ARGUMENT: 400,
  GIT_INVALID_REMOTE: 400,
  GIT_AUTHENTICATION_FAILED: 502,
  GIT_CREDENTIAL_NOT_SENT: 502,
  GIT_HOST_KEY_UNKNOWN: 502,
  GIT_REMOTE_UNREACHABLE: 502,
  GIT_REMOTE_NOT_FOUND: 404,
  GIT_REMOTE_INVALID_ANSWER: 502,
  GIT_TIMEOUT: 504,
  GIT_REF_NOT_FOUND: 404,
  GIT_ALREADY_EXISTS: 409,
  GIT_PUSH_REJECTED: 409,
  GIT_BRANCH_MOVED: 409,
  GIT_DIVERGED: 409,
  GIT_MERGE_CONFLICT: 409,
  GIT_WORK_TREE_DIRTY: 409,
  GIT_NO_WORK_TREE: 500,
  GIT_NOT_A_REPOSITORY: 500,
  GIT_NOTHING_TO_COMMIT: 409,
  GIT_IDENTITY_MISSING: 500,
  GIT_EXECUTABLE_NOT_FOUND: 500,
  GIT_COMMAND_FAILED: 502,
  GIT_LIMIT_EXCEEDED: 422,

  // What is wrong with the configuration of this server is not the caller's fault.
  CONFIG_NOT_FOUND: 500,
  CONFIG_SYNTAX: 500,
  CONFIG_INVALID: 500,
  CONFIG_UNKNOWN_KEY: 500,
  CONFIG_SECRET_LITERAL: 500,
  CONFIG_SECRET_MISSING: 502,
  CONFIG_SECRET_FORBIDDEN: 502,
  CONFIG_CREDENTIAL_UNSUPPORTED: 502,
  CONFIG_HOST_UNKNOWN: 400,
  CONFIG_FILE_UNSAFE: 500,
  CONFIG_TEMPLATE_INVALID: 400,

  // Notifications never fail a request; these stand here so that no code is without a status.
  NOTIFY_INVALID_ARGUMENT: 500,
  NOTIFY_INVALID_EVENT: 500,
  NOTIFY_CHANNEL_RETIRED: 502,
  NOTIFY_CHANNEL_GONE: 502,
  NOTIFY_ADDRESS_REFUSED: 502,
  NOTIFY_REDIRECT_REFUSED: 502,
  NOTIFY_REJECTED: 502,
  NOTIFY_RATE_LIMITED: 503,
  NOTIFY_UNAVAILABLE: 502,
  NOTIFY_UNTRUSTED_CERTIFICATE: 502,
  NOTIFY_ENCRYPTION_REFUSED: 502,
  NOTIFY_TIMEOUT: 504,
};

/** Finds the status of an error code; 500 for one that no package of this release knows. */
export function statusOf(code: string): number {
  return (problemStatus as Readonly<Record<string, number | undefined>>)[code] ?? 500;
}
