import { ManifestError } from './errors.ts';
import { findSites } from './find-sites.ts';
import type { ImageSite } from './image-site.ts';
import { limitExceeded, type ManifestLimits, resolveLimits } from './limits.ts';
import { readPlainYaml } from './read-plain-yaml.ts';
import { readYaml, type YamlProblem } from './read-yaml.ts';
import { type DocumentSpan, LinePositions, splitDocuments } from './split-documents.ts';
import type { TreeNode } from './tree.ts';
import type { ScalarUses } from './tree-walk.ts';
import type { ReadOptions } from './types.ts';

/** A document that has been read. */
export interface ReadDocument {
  readonly span: DocumentSpan;
  readonly root: TreeNode | undefined;
  readonly sites: readonly ImageSite[];
  readonly uses: ScalarUses;
  /** True when the document keeps to the plain subset of YAML, and was read by the reader for it. */
  readonly plain: boolean;
}

/** A text that is split into documents, each of which is read when it is first asked for. */
export class ManifestText {
  readonly text: string;
  readonly file: string | undefined;
  readonly limits: ManifestLimits;
  readonly spans: readonly DocumentSpan[];
  readonly positions: LinePositions;
  readonly #read = new Map<number, ReadDocument>();
  #images = 0;

  constructor(text: string, options: ReadOptions) {
    this.limits = resolveLimits(options.limits);
    if (text.length > this.limits.maxLength)
      throw limitExceeded(`The length of ${fileName(options.path)}`, this.limits.maxLength);
    this.text = text;
    this.file = options.path;
    this.spans = splitDocuments(text, this.limits.maxDocuments);
    this.positions = new LinePositions(text);
  }

  /** @throws {@link ManifestError} `MANIFEST_SYNTAX` when the document cannot be read. */
  document(span: DocumentSpan): ReadDocument {
    const known = this.#read.get(span.index);
    if (known !== undefined) return known;
    const plain = readPlainYaml(this.text, span, this.limits.maxDepth);
    const reading = plain ?? readYaml(this.text, span, this.limits);
    if ('problem' in reading && reading.problem !== undefined)
      throw this.syntaxError(reading.problem);
    const found = findSites(reading.root, {
      text: this.text,
      document: span.index,
      start: span.start,
      end: span.end,
      file: this.file,
      limits: this.limits,
    });
    this.#images += found.sites.length;
    if (this.#images > this.limits.maxImages)
      throw limitExceeded(`The number of images in ${fileName(this.file)}`, this.limits.maxImages);
    const document = { span, root: reading.root, plain: plain !== undefined, ...found };
    this.#read.set(span.index, document);
    return document;
  }

  syntaxError(problem: YamlProblem): ManifestError {
    const { line, column } = this.positions.at(problem.offset);
    return new ManifestError(
      'MANIFEST_SYNTAX',
      `${fileName(this.file)} is not valid YAML at line ${line}, column ${column}: ${problem.reason}.`,
      { details: { path: this.file, line, column, reason: problem.reason } },
    );
  }
}

/** Names a file in a message. */
export function fileName(path: string | undefined): string {
  return path === undefined ? 'The text' : `"${path}"`;
}
