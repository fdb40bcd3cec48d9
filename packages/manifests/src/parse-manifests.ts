import { kustomizationImages } from './kustomization.ts';
import { nodeAt, nodeValue, scalarValue, ValueProblem } from './node-value.ts';
import { readPlainYaml } from './read-plain-yaml.ts';
import { ManifestText } from './read-text.ts';
import { readYaml, type YamlReading } from './read-yaml.ts';
import type { DocumentSpan } from './split-documents.ts';
import { type MapNode, resolved, type TreeNode } from './tree.ts';
import { AliasBudget, nodeMember, scalarMember } from './tree-walk.ts';
import type { ReadOptions } from './types.ts';

/** A place in a text: line and column from 1, the column in UTF-16 code units. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** A Kubernetes object with its place in the text. */
export interface ManifestObject extends TextPosition {
  /** Number of the document in the text, from 0. */
  readonly document: number;
  /** Path inside the document: empty, or such as `items[0]` for an object of a `List`. */
  readonly path: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  /** `metadata.name`; empty only for a Kustomization, which needs none. */
  readonly name: string;
  /** The whole object as plain data. Whole numbers beyond 2^53 are `bigint`, as far as 64 bits hold them. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Finds where the value at a path of keys and indexes stands. */
  locate(path: readonly (string | number)[]): TextPosition | undefined;
}

/** What is wrong with a document or an object. */
export type ManifestIssueCode =
  | 'syntax'
  | 'duplicate-key'
  /** A key that is a list, a map (a template in braces) or nothing. */
  | 'invalid-key'
  | 'not-an-object'
  | 'api-version-missing'
  | 'kind-missing'
  | 'name-missing';

/** Something that keeps a document or an object from being used. */
export interface ManifestIssue extends TextPosition {
  readonly code: ManifestIssueCode;
  /** One sentence, with the place. */
  readonly message: string;
  /** Number of the document in the text, from 0. */
  readonly document: number;
  /** Name of the file, as it was given. */
  readonly path?: string;
}

/** What {@link parseManifests} found in a text. */
export interface ParsedManifests {
  readonly objects: readonly ManifestObject[];
  readonly issues: readonly ManifestIssue[];
}

/**
 * Parses the Kubernetes objects of a text.
 *
 * Nothing is dropped silently: a document is empty (comments at most), or gives objects, or gives an issue. The objects of a `List` are
 * given one by one. A document with a syntax error or a key that occurs twice gives an issue and no object; the other
 * documents are parsed all the same. A Kustomization needs no `metadata.name`.
 *
 * Values are read as kubectl does (YAML 1.1 as in `sigs.k8s.io/yaml`): `yes`, `on` and `y` are true, `0755` is 493, merge keys are
 * followed, dates and `12:30` stay text, unknown tags are ignored; keys become text. Whole numbers of up to 64 bits that a
 * JavaScript number cannot hold are `bigint`. A map's own key wins over a merged one wherever it stands, as YAML says; kubectl
 * lets the later of the two win.
 *
 * @throws {@link ManifestError} `MANIFEST_LIMIT_EXCEEDED` when the text is too large, deep or repetitive.
 *
 * @example
 * ```ts
 * import { parseManifests } from '@bowline/gitops-manifests';
 *
 * const text = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n';
 * const { objects, issues } = parseManifests(text, { path: 'namespace.yaml' });
 * console.log(objects[0]?.name, objects[0]?.locate(['metadata', 'name'])?.line, issues.length);
 * //=> shop 4 0
 * ```
 */
export function parseManifests(text: string, options: ReadOptions = {}): ParsedManifests {
  const collector = new Collector(new ManifestText(text, options));
  for (const span of collector.source.spans) collector.document(span);
  return { objects: collector.objects, issues: collector.issues };
}

interface ObjectPlace {
  readonly document: number;
  readonly path: string;
  readonly budget: AliasBudget;
}

class Collector {
  readonly objects: ManifestObject[] = [];
  readonly issues: ManifestIssue[] = [];
  readonly source: ManifestText;

  constructor(source: ManifestText) {
    this.source = source;
  }

  document(span: DocumentSpan): void {
    const { text, limits } = this.source;
    const reading: YamlReading =
      readPlainYaml(text, span, limits.maxDepth) ?? readYaml(text, span, limits);
    const { root, problem } = reading;
    if (problem !== undefined) {
      this.#issue(problem.code, problem.offset, { document: span.index, what: problem.reason });
      return;
    }
    if (
      root === undefined ||
      (root.type === 'scalar' && root.style === 'plain' && root.value === '')
    )
      return;
    this.#object(root, {
      document: span.index,
      path: '',
      budget: new AliasBudget(this.source.limits),
    });
  }

  #object(node: TreeNode, place: ObjectPlace): void {
    const map = resolved(node);
    const { document } = place;
    if (map.type !== 'map') {
      const what = `${place.path || 'the document'} is ${map.type === 'seq' ? 'a list' : 'a single value'}, not an object`;
      this.#issue('not-an-object', node.start, { document, what });
      return;
    }
    const apiVersion = text(map, 'apiVersion');
    const kind = text(map, 'kind');
    const items = kind?.endsWith('List') === true ? nodeMember(map, 'items') : undefined;
    if (items?.type === 'seq' && apiVersion !== undefined) {
      for (const [index, item] of items.items.entries())
        this.#object(item, {
          ...place,
          path: `${place.path === '' ? '' : `${place.path}.`}items[${index}]`,
        });
      return;
    }
    const metadata = nodeMember(map, 'metadata');
    const meta = metadata?.type === 'map' ? metadata : undefined;
    const name = meta && text(meta, 'name');
    const namespace = meta && text(meta, 'namespace');
    const kustomization =
      kind !== undefined && kustomizationImages(map, this.source.file) === 'root';
    const missing: [ManifestIssueCode, string][] = [];
    if (apiVersion === undefined) missing.push(['api-version-missing', 'apiVersion']);
    if (kind === undefined) missing.push(['kind-missing', 'kind']);
    if (name === undefined && !kustomization) missing.push(['name-missing', 'metadata.name']);
    const owner = kind === undefined ? 'the object' : `the ${kind}`;
    for (const [code, field] of missing) {
      const what = `${owner}${place.path === '' ? '' : ` ${place.path}`} has no text in ${field}`;
      this.#issue(code, (code === 'name-missing' ? (meta ?? map) : map).start, { document, what });
    }
    if (missing.length > 0 || apiVersion === undefined || kind === undefined) return;
    const { positions } = this.source;
    const value = this.#value(map, place);
    if (value === undefined) return;
    this.objects.push({
      document,
      path: place.path,
      apiVersion,
      kind,
      ...(namespace === undefined ? {} : { namespace }),
      name: name ?? '',
      ...positions.at(map.start),
      value,
      locate: (path) => {
        const found = nodeAt(map, path);
        return found && positions.at(found.start);
      },
    });
  }

  #value(map: MapNode, place: ObjectPlace): Readonly<Record<string, unknown>> | undefined {
    try {
      return nodeValue(map, place.budget) as Readonly<Record<string, unknown>>;
    } catch (error) {
      if (!(error instanceof ValueProblem)) throw error;
      this.#issue(error.code, error.offset, { document: place.document, what: error.message });
      return undefined;
    }
  }

  #issue(code: ManifestIssueCode, offset: number, about: { document: number; what: string }): void {
    const { line, column } = this.source.positions.at(offset);
    const path = this.source.file;
    const where = `${path === undefined ? '' : `"${path}", `}line ${line}, column ${column}`;
    this.issues.push({
      code,
      message: `${where}: ${about.what}.`,
      document: about.document,
      line,
      column,
      ...(path === undefined ? {} : { path }),
    });
  }
}

/** A member that is text and not empty, as the API server wants it. */
function text(map: MapNode, name: string): string | undefined {
  const node = scalarMember(map, name);
  const value = node && scalarValue(node);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
