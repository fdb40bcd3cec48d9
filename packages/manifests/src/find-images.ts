import { ManifestText } from './read-text.ts';
import { siteLocation } from './select-sites.ts';
import type { ImageLocation, ReadOptions } from './types.ts';

/**
 * Finds every image of a text, in the order of its documents.
 *
 * @throws {@link ManifestError} `MANIFEST_SYNTAX` for the first document that cannot be read; `MANIFEST_LIMIT_EXCEEDED`.
 */
export function findImages(text: string, options: ReadOptions = {}): readonly ImageLocation[] {
  const source = new ManifestText(text, options);
  return source.spans.flatMap((span) =>
    source.document(span).sites.map((site) => siteLocation(source, site)),
  );
}
