/** What happens to one request: it is lost, or its answer is, cut off, or replaced by that of a gateway. */
export const troubles = ['drop', 'drop-after', 'truncate', '502'] as const;
export type Trouble = (typeof troubles)[number];

/**
 * Makes a `fetch` that has trouble with one request, counted from 0.
 *
 * @param before Runs right before that request is sent.
 */
export function troubledFetch(
  { index, kind }: { readonly index: number; readonly kind: Trouble },
  before: () => Promise<void> = async () => undefined,
): typeof fetch {
  let request = -1;
  return async (input, init) => {
    request += 1;
    if (request !== index) return fetch(input, init);
    await before();
    if (kind === 'drop') throw new TypeError('fetch failed');
    const response = await fetch(input, init);
    const body = await response.text();
    if (kind === 'drop-after') throw new TypeError('fetch failed');
    if (kind === '502') return new Response('<html>', { status: 502 });
    const { status } = response;
    return new Response(status === 204 ? null : body.slice(0, 10), { status });
  };
}
