import { createRequire } from 'node:module';

/** Builds the name that requests carry when no other is configured: `bowline-gitops/<version of this package>`. */
export function defaultUserAgent(): string {
  try {
    const manifest: unknown = createRequire(import.meta.url)(
      '@bowline/gitops-providers/package.json',
    );
    if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) {
      return `bowline-gitops/${String(manifest.version)}`;
    }
  } catch {
    // In a program that was bundled into one file there is no package beside it, and the name alone has to do.
  }
  return 'bowline-gitops';
}
