import type { ManifestLimits } from './limits.ts';

/** Says which images of a text are meant. Every member narrows further. */
export interface ImageSelector {
  /**
   * Name of a container. In Helm values the key above the image (`web` of `web: image: …`), in a Kustomization the `name` of
   * the entry.
   */
  readonly container?: string | undefined;
  /**
   * Takes every image that fits the other members, whatever its repository.
   *
   * @default false
   */
  readonly all?: boolean | undefined;
  /** Kind of the object, such as `Deployment`. */
  readonly kind?: string | undefined;
  /** `metadata.name` of the object. */
  readonly name?: string | undefined;
  /** `metadata.namespace` of the object. */
  readonly namespace?: string | undefined;
  /** Number of the document in the text, from 0. */
  readonly document?: number | undefined;
  /** JSON path of the image in its document, as {@link ImageLocation.path} has it. */
  readonly jsonPath?: string | undefined;
}

/** Options of {@link setImage}. */
export interface SetImageOptions extends ImageSelector {
  /** Name of the file: for messages, and to know a Kustomization that names no kind. */
  readonly path?: string | undefined;
  readonly limits?: Partial<ManifestLimits> | undefined;
}

/** Options of {@link findImages} and {@link parseManifests}. */
export interface ReadOptions {
  /** Name of the file: for messages, and to know a Kustomization that names no kind. */
  readonly path?: string | undefined;
  readonly limits?: Partial<ManifestLimits> | undefined;
}

interface ImagePlace {
  /** Number of the document in the text, from 0. */
  readonly document: number;
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** JSON path of the scalar in its document, such as `spec.template.spec.containers[0].image`. */
  readonly path: string;
  readonly container?: string | undefined;
  /** Line in the text, from 1. */
  readonly line: number;
}

/** One value that was changed, or that was meant and already right. */
export interface ImageChange extends ImagePlace {
  /** The value of this scalar before; empty for a member that was added. */
  readonly before: string;
  readonly after: string;
}

/** One image of a text. */
export interface ImageLocation extends ImagePlace {
  /** Column in the line, from 1, in UTF-16 code units. */
  readonly column: number;
  /** The whole image, put together where it is written in parts. */
  readonly image: string;
  /** False for what is no image reference: a template such as `{{ .Values.image }}`, a pattern such as `*:latest`. */
  readonly editable: boolean;
}

/** What {@link setImage} made of a text. */
export interface SetImageResult {
  /** The new text; the given one when nothing changes. */
  readonly text: string;
  /** What was changed, in the order of the text. Empty when the text is the one that was given. */
  readonly changes: readonly ImageChange[];
  /** Images that were meant and already had the value. */
  readonly unchanged: readonly ImageChange[];
}
