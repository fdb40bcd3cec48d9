import { ProviderError } from '../errors.ts';
import type { HttpRequest } from './http-message.ts';

// With these nothing has reached the server, so that also a POST may be sent again.
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

/** Reads the code of a system error below what `fetch` throws. */
function systemCode(thrown: unknown): string | undefined {
  let below: unknown = thrown;
  for (let depth = 0; depth < 6 && below instanceof Error; depth += 1) {
    if ('code' in below && typeof below.code === 'string') return below.code;
    if (below instanceof AggregateError && below.errors[0] !== undefined) below = below.errors[0];
    else below = below.cause;
  }
  return undefined;
}

/** Makes the error of a connection that failed. `sent` is false when the server has certainly not seen the request. */
export function networkFailure(
  cause: unknown,
  request: HttpRequest,
  host: string,
): { readonly error: ProviderError; readonly sent: boolean } {
  const code = systemCode(cause);
  const reason = code === undefined ? '' : ` (${code})`;
  const error = new ProviderError(
    'PROVIDER_UNAVAILABLE',
    `The connection to "${host}" failed${reason} while trying to ${request.doing}.`,
    { cause },
  );
  return { error, sent: code === undefined || !neverSent.has(code) };
}

/** Makes the error of an attempt that took too long. */
export function timeoutFailure(request: HttpRequest, milliseconds: number): ProviderError {
  return new ProviderError(
    'PROVIDER_TIMEOUT',
    `The forge did not answer within ${milliseconds} ms while trying to ${request.doing}.`,
  );
}

/** Marks an error: the request may have been carried out although its answer did not arrive. */
export function uncertain(error: ProviderError): ProviderError {
  return new ProviderError(error.code, error.message, {
    cause: error.cause,
    hint: error.hint,
    retryable: error.retryable,
    details: { ...error.details, uncertain: true },
  });
}

/** Tells whether a request may have been carried out although it failed. */
export function isUncertain(error: unknown): error is ProviderError {
  return error instanceof ProviderError && error.details?.['uncertain'] === true;
}

/** Rejects as soon as the signal fires, also when the work below does not listen to it. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}
