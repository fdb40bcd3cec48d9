import { Secret } from '@bowline/gitops-errors';
import { describe, expect, it } from 'vitest';
import { errorText, reportOf } from './error-report.ts';
import { CliError, cliErrorCodes } from './errors.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { painter } from './terminal.ts';

const plain = painter(false);

describe('reportOf', () => {
  it('gives usage errors exit code 2, an interruption 130, and anything else 1', () => {
    expect(reportOf(new CliError('CLI_USAGE', 'wrong')).exitCode).toBe(exitCodes.usage);
    expect(reportOf(new CliError('CLI_INTERRUPTED', 'stopped')).exitCode).toBe(
      exitCodes.interrupted,
    );
    expect(reportOf(new Error('boom')).exitCode).toBe(exitCodes.failed);
    expect(exitCodeOf('PROVIDER_NOT_FOUND')).toBe(exitCodes.failed);
  });

  it('never shows a secret, also not one inside a cause', () => {
    const secret = new Secret('canary-value-93');
    const error = new CliError('CLI_FILE', 'failed', {
      cause: new Error(`token ${secret.reveal()}`),
    });
    const { report } = reportOf(error);
    expect(JSON.stringify(report)).not.toContain('canary-value-93');
    expect(errorText(report.error, plain)).not.toContain('canary-value-93');
  });
});

describe('errorText', () => {
  it('says what happened, why, and what to do next', () => {
    const error = new CliError('CLI_FILE', 'File "a.yaml" cannot be read.', {
      cause: new Error('EACCES'),
    });
    expect(errorText(reportOf(error).report.error, plain)).toBe(
      `Error: File "a.yaml" cannot be read.\n  because: EACCES\nNext: ${cliErrorCodes.CLI_FILE.hint}\nCode: CLI_FILE\n`,
    );
  });

  it('lists candidates with their lines', () => {
    const text = errorText(
      {
        name: 'ManifestError',
        code: 'MANIFEST_IMAGE_AMBIGUOUS',
        message: 'Two images could be meant.',
        retryable: false,
        details: {
          candidates: [
            { line: 7, kind: 'Deployment', name: 'web', container: 'logs', image: 'a:1' },
          ],
        },
      },
      plain,
    );
    expect(text).toContain('  line 7: Deployment/web container "logs" a:1');
  });
});
