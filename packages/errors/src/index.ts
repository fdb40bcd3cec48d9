export type { ErrorCodeInfo, ErrorCodeTable, GitOpsErrorOptions } from './gitops-error.ts';
export { GitOpsError, isGitOpsError } from './gitops-error.ts';
export { InternalError, internalErrorCodes } from './internal-error.ts';
export { MASK, redact } from './redact.ts';
export { redactData } from './redact-data.ts';
export { rememberSecret } from './remembered-secrets.ts';
export { Secret } from './secret.ts';
export type { CauseData, ErrorData } from './serialize-error.ts';
export { serializeError, toError } from './serialize-error.ts';
