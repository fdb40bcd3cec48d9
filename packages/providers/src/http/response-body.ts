import { ProviderError } from '../errors.ts';

/**
 * Reads a body and stops as soon as it is too long.
 *
 * @throws ProviderError `PROVIDER_LIMIT_EXCEEDED`
 */
export async function readBody(
  response: Response,
  maxBytes: number,
  doing: string,
): Promise<Uint8Array> {
  const { body } = response;
  if (body === null) return new Uint8Array();
  const announced = Number(response.headers.get('content-length') ?? Number.NaN);
  if (announced > maxBytes) {
    await body.cancel();
    throw tooLarge(maxBytes, doing);
  }
  // The HTTP parser reads no more than was announced, unless it unpacks; reading at once is several times faster.
  if (announced <= maxBytes && !response.headers.has('content-encoding')) {
    return new Uint8Array(await response.arrayBuffer());
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop by an exception cancels the stream, and with it the connection.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) throw tooLarge(maxBytes, doing);
    chunks.push(chunk);
  }
  const [only] = chunks;
  return chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size);
}

/** Reads a body up to a size and leaves the rest. */
export async function readBeginning(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}

function tooLarge(maxBytes: number, doing: string): ProviderError {
  return new ProviderError(
    'PROVIDER_LIMIT_EXCEEDED',
    `The answer is larger than ${maxBytes} bytes (trying to ${doing}).`,
    { details: { maxBytes } },
  );
}
