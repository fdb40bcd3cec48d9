import { readLog, readLogPiece } from '../ci-log.ts';
import type { CiLogChunk, CiLogOptions } from '../ci-types.ts';
import type { RepositoryApi } from './api.ts';
import { checkId, readJob } from './ci-runs.ts';
import { progressOf } from './run-state.ts';

// The log of a job is put together after its end; this many times it is asked for before that counts as "none".
const LATE_LOOKS = 6;

/**
 * Reads the log of a job.
 *
 * GitHub has it only when the job is completed (404 before that), so following waits and then gives all of it. It lies with another
 * company, at an address that holds for a minute and gets no credential.
 */
export function jobLog(
  api: RepositoryApi,
  { job }: { readonly job: string },
  options: CiLogOptions = {},
): AsyncIterable<CiLogChunk> {
  const { signal } = options;
  const request = {
    path: `/actions/jobs/${checkId(job, 'job')}/logs`,
    // What the documentation asks for; the host that has the log may not know it.
    accept: 'application/vnd.github+json, */*',
    doing: `read the log of job ${job} of "${api.fullName}"`,
    maxBytes: api.maxResponseBytes,
    signal,
  };
  let seen = false;
  let late = 0;
  return readLog(
    {
      read: async (offset) => {
        const piece = await readLogPiece(api, request, offset);
        seen ||= piece.bytes.byteLength > 0;
        return piece;
      },
      completed: async () => {
        const { phase, result } = progressOf(await readJob(api, job, { signal }));
        if (phase !== 'completed') return false;
        // What was skipped never had one.
        if (seen || result === 'skipped') return true;
        late += 1;
        return late >= LATE_LOOKS;
      },
    },
    api.clock,
    options,
  );
}
