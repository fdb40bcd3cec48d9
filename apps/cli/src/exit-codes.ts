/** The exit codes of every command. Documented in `docs/cli.md`. */
export const exitCodes = {
  /** Done, or already so. */
  done: 0,
  failed: 1,
  usage: 2,
  /** A check found differences. */
  differences: 3,
  interrupted: 130,
} as const;

const usageCodes: ReadonlySet<string> = new Set([
  'CLI_USAGE',
  'CLI_ORGANIZATION_MISSING',
  'CONFIG_TEMPLATE_INVALID',
  'GIT_INVALID_ARGUMENT',
  'GIT_INVALID_REMOTE',
  'MANIFEST_IMAGE_INVALID',
  'OPERATION_INVALID_ARGUMENT',
  'PROVIDER_INVALID_ARGUMENT',
]);

/** Finds the exit code of an error code. */
export function exitCodeOf(errorCode: string): number {
  if (errorCode === 'CLI_INTERRUPTED') return exitCodes.interrupted;
  return usageCodes.has(errorCode) ? exitCodes.usage : exitCodes.failed;
}
