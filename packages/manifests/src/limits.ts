import { ManifestError } from './errors.ts';

/** Bounds on what is read. Everything beyond is `MANIFEST_LIMIT_EXCEEDED`, before the work is done. */
export interface ManifestLimits {
  /** Characters (UTF-16 code units) of the whole text. @default 33_554_432 (32 Mi) */
  readonly maxLength: number;
  /** Documents of one text. @default 50_000 */
  readonly maxDocuments: number;
  /** Nesting of maps and lists, counted from the document. @default 200 */
  readonly maxDepth: number;
  /** Nodes of one document that are reached through aliases, all uses counted. @default 20_000 */
  readonly maxAliasNodes: number;
  /** Images of one text. @default 100_000 */
  readonly maxImages: number;
}

export const defaultLimits: ManifestLimits = {
  maxLength: 33_554_432,
  maxDocuments: 50_000,
  maxDepth: 200,
  maxAliasNodes: 20_000,
  maxImages: 100_000,
};

export function resolveLimits(limits: Partial<ManifestLimits> | undefined): ManifestLimits {
  if (limits === undefined) return defaultLimits;
  const set = Object.entries(limits).filter(([, value]) => value !== undefined);
  return { ...defaultLimits, ...Object.fromEntries(set) };
}

export function limitExceeded(what: string, limit: number): ManifestError {
  return new ManifestError('MANIFEST_LIMIT_EXCEEDED', `${what} exceeds the limit of ${limit}.`, {
    details: { limit },
  });
}
