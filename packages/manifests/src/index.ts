export type { ManifestErrorCode } from './errors.ts';
export { ManifestError, manifestErrorCodes } from './errors.ts';
export { findImages } from './find-images.ts';
export type { ImageReference, ImageVersion } from './image-reference.ts';
export {
  formatImageReference,
  isImageVersion,
  parseImageReference,
  parseWantedImage,
} from './image-reference.ts';
export type { ManifestLimits } from './limits.ts';
export type {
  ManifestIssue,
  ManifestIssueCode,
  ManifestObject,
  ParsedManifests,
  TextPosition,
} from './parse-manifests.ts';
export { parseManifests } from './parse-manifests.ts';
export { setImage } from './set-image.ts';
export type {
  ImageChange,
  ImageLocation,
  ImageSelector,
  ReadOptions,
  SetImageOptions,
  SetImageResult,
} from './types.ts';
export type { UnifiedDiffOptions } from './unified-diff.ts';
export { unifiedDiff } from './unified-diff.ts';
