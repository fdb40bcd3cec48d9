export type { ErrorCodeInfo, ErrorCodeTable, GitOpsErrorOptions } from './gitops-error.ts';
export { GitOpsError, isGitOpsError } from './gitops-error.ts';
export { InternalError, internalErrorCodes } from './internal-error.ts';
export { MASK, redact, redactData, rememberSecret } from './redact.ts';
export { Secret } from './secret.ts';
export type { ErrorData } from './serialize-error.ts';
export { serializeError, toError } from './serialize-error.ts';
