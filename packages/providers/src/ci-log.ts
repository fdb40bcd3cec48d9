import type { CiLogChunk, CiLogOptions } from './ci-types.ts';
import { ProviderError } from './errors.ts';
import type { Clock } from './http/clock.ts';
import type { HttpResponse } from './http/http-message.ts';
import { type JsonApi, type JsonRequest, send } from './http/json-api.ts';

const FIRST_WAIT_MS = 2000;
const LONGEST_WAIT_MS = 10_000;
const PIECE_BYTES = 4 * 1024 * 1024;

/** What there is of a log from a byte on. */
export interface LogPiece {
  readonly bytes: Uint8Array;
  /** True when there is no more for now. */
  readonly end: boolean;
}

/** The log of one job, as one forge gives it. */
export interface LogSource {
  read(offset: number): Promise<LogPiece>;
  /** Tells whether the job is completed, so that nothing is added any more. @throws ProviderError `PROVIDER_NOT_FOUND` */
  completed(): Promise<boolean>;
}

/**
 * Reads a log from a byte on, and follows it when asked to: 2 s after something came, up to 10 s while nothing comes.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` for an offset that is no byte of a log, `PROVIDER_NOT_FOUND` without that job.
 */
export async function* readLog(
  source: LogSource,
  clock: Clock,
  { offset = 0, follow = false, signal }: CiLogOptions = {},
): AsyncGenerator<CiLogChunk, void, undefined> {
  if (!Number.isSafeInteger(offset) || offset < 0) {
    throw new ProviderError('PROVIDER_INVALID_ARGUMENT', `"${offset}" is not an offset in a log.`);
  }
  let at = offset;
  let waitMs = FIRST_WAIT_MS;
  let completed = false;
  for (;;) {
    signal?.throwIfAborted();
    const { bytes, end } = await source.read(at);
    if (bytes.byteLength > 0) {
      yield { offset: at, bytes };
      at += bytes.byteLength;
      waitMs = FIRST_WAIT_MS;
    }
    if (!end && bytes.byteLength > 0) continue;
    if (completed || (!follow && at > offset)) return;
    // Asked before the next reading, so that what came until the end is not missed; and when there is nothing at all, which is also
    // what a job that is not there has.
    completed = await source.completed();
    if (!follow) return;
    if (completed) continue;
    await clock.sleep(waitMs, signal);
    waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS);
  }
}

/**
 * Reads a piece of a log over HTTP, with a range where the server keeps to it, else cut out of the whole (RFC 9110, section 14).
 *
 * The log may lie on another host, which gets no credential. 404 stands for a log that does not exist yet.
 */
export async function readLogPiece(
  api: JsonApi,
  request: Omit<JsonRequest, 'expect' | 'headers' | 'foreignRedirect'>,
  offset: number,
): Promise<LogPiece> {
  const response = await send(api, {
    ...request,
    accept: request.accept ?? 'text/plain, */*',
    headers: { range: `bytes=${offset}-${offset + PIECE_BYTES - 1}` },
    foreignRedirect: true,
    expect: [200, 206, 404, 416],
  });
  if (response.status === 404 || response.status === 416) return { bytes: empty, end: true };
  if (response.status === 200) return { bytes: response.body.subarray(offset), end: true };
  return partOf(response, { api, request, offset });
}

const empty = new Uint8Array();

function partOf(
  { headers, body }: HttpResponse,
  asked: {
    readonly api: JsonApi;
    readonly request: Pick<JsonRequest, 'doing'>;
    readonly offset: number;
  },
): LogPiece {
  const range = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(
    headers.get('content-range') ?? '',
  );
  if (Number(range?.[1]) !== asked.offset) {
    throw new ProviderError(
      'PROVIDER_BAD_RESPONSE',
      `${asked.api.forge} gave another part than the one that was asked for (trying to ${asked.request.doing}).`,
    );
  }
  const total = range?.[3];
  const end =
    total === undefined || total === '*'
      ? body.byteLength < PIECE_BYTES
      : asked.offset + body.byteLength >= Number(total);
  return { bytes: body, end };
}
