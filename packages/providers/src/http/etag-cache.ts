import type { HttpRequest, HttpResponse } from './http-message.ts';

type Kept = Omit<HttpResponse, 'attempts'>;

/**
 * Keeps answers that carry an `ETag`, so that asking again costs the forge and the rate limit nothing (RFC 9110, section 13.1.2).
 *
 * Every answer is still asked for: the forge says whether the kept one is current. The oldest are dropped beyond `maxBytes`.
 */
export class EtagCache {
  readonly #maxBytes: number;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Returns the answer to ask about, and to use when it is current: a later one may drop it in the meantime. */
  find(request: HttpRequest, url: URL): Kept | undefined {
    if (!cacheable(request)) return undefined;
    const key = keyOf(request, url);
    const kept = this.#kept.get(key);
    if (kept === undefined || kept.body.byteLength > (request.maxBytes ?? Infinity))
      return undefined;
    // Moved to the end: what is asked for is dropped last.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept;
  }

  keep(request: HttpRequest, url: URL, response: Kept): void {
    // Trouble on the way, or with the credential, says nothing about what is kept.
    if (!cacheable(request) || ![200, 404, 410].includes(response.status)) return;
    const key = keyOf(request, url);
    this.#drop(key);
    if (response.status !== 200 || !response.headers.has('etag')) return;
    if (sizeOf(response) > this.#maxBytes / 4) return;
    // A copy: the caller may write into the one that it gets, and that may be a small part of a large buffer.
    this.#kept.set(key, { ...response, body: new Uint8Array(response.body) });
    this.#bytes += sizeOf(response);
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#bytes -= sizeOf(kept);
  }
}

const OVERHEAD = 1024;

function sizeOf({ body }: Kept): number {
  return body.byteLength + OVERHEAD;
}

function cacheable(request: HttpRequest): boolean {
  return request.method === 'GET' && request.headers === undefined;
}

function keyOf(request: HttpRequest, url: URL): string {
  return `${request.accept ?? ''} ${url.href}`;
}
