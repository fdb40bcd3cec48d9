import { isImageVersion } from '@bowline/gitops-manifests';

/**
 * Completes a bare tag with the configured registry, as `{registry}/{deploy}:{tag}`.
 *
 * Here a single word is always a tag, also one that could be a repository, such as a branch name. Without a registry it keeps the
 * repository that the file has.
 */
export function completeImage(
  image: string,
  { deploy, registry }: { readonly deploy: string; readonly registry?: string | undefined },
): string {
  if (/[/:@]/.test(image)) return image;
  if (registry !== undefined) return `${registry.replace(/\/+$/, '')}/${deploy}:${image}`;
  return isImageVersion(image) ? image : `:${image}`;
}
