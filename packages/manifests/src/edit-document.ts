import { ManifestError } from './errors.ts';
import { type ImageField, type ImageSite, siteImage } from './image-site.ts';
import { formatPath, type NodePath } from './node-path.ts';
import { readPlainYaml } from './read-plain-yaml.ts';
import { fileName, type ManifestText, type ReadDocument } from './read-text.ts';
import { readYaml } from './read-yaml.ts';
import { replaceProblem, scalarText } from './scalar-text.ts';
import { applySplices, fillEmpty, insertMember, type Splice } from './splice.ts';
import type { ScalarNode } from './tree.ts';
import { isExpectedEdit } from './verify-edit.ts';

/** Everything that is to change in one document. */
export interface DocumentEdit {
  /** The value that each field must have, also those that have it already: they are meant, which matters behind aliases. */
  readonly values: Map<ImageField, { readonly value: string; readonly site: ImageSite }>;
  readonly insertions: {
    readonly after: ImageField;
    readonly key: string;
    readonly value: string;
    readonly site: ImageSite;
  }[];
}

/**
 * Turns the edit of a document into splices of the text, and proves them: the document with the splices is read again and
 * must differ in what is meant and nowhere else.
 */
export function editDocument(
  source: ManifestText,
  document: ReadDocument,
  edit: DocumentEdit,
): readonly Splice[] {
  checkShared(source, document, edit);
  const inJson = /^\s*[{[]/.test(source.text.slice(document.span.start, document.span.start + 200));
  const values = new Map<number, string>();
  const splices: Splice[] = [];
  for (const [{ node }, { value, site }] of edit.values) {
    if (node.value === value || values.has(node.start)) continue;
    const problem = replaceProblem(node);
    if (problem !== undefined) throw refused(source, { site, offset: node.start, reason: problem });
    values.set(node.start, value);
    const text = scalarText(node, value, inJson);
    splices.push(
      node.start === node.end
        ? fillEmpty(source.text, node.start, text)
        : { start: node.start, end: node.end, text },
    );
  }
  const added = new Map<number, Map<string, string>>();
  for (const { after, key, value, site } of edit.insertions) {
    const text = scalarText({ ...after.node, style: 'plain' }, value, inJson);
    const splice = insertMember(source.text, after, { key, value: text });
    if (typeof splice === 'string')
      throw refused(source, {
        site,
        offset: after.node.start,
        reason: `"${key}" cannot be added, ${splice}`,
      });
    splices.push(splice);
    if (after.map === undefined) continue;
    const members = added.get(after.map.start) ?? new Map<string, string>();
    added.set(after.map.start, members.set(key, value));
  }
  if (splices.length > 0 && !isProven(source, document, { splices, values, added })) {
    const [first] = [...edit.values.values(), ...edit.insertions];
    if (first !== undefined)
      throw refused(source, {
        site: first.site,
        offset: document.span.start,
        reason: 'the result would not read back as meant',
      });
  }
  return splices;
}

interface Proof {
  readonly splices: readonly Splice[];
  readonly values: ReadonlyMap<number, string>;
  readonly added: ReadonlyMap<number, ReadonlyMap<string, string>>;
}

function isProven(source: ManifestText, document: ReadDocument, proof: Proof): boolean {
  const { start, end } = document.span;
  const moved = proof.splices.map((each) => ({
    ...each,
    start: each.start - start,
    end: each.end - start,
  }));
  const text = applySplices(source.text.slice(start, end), moved);
  const span = { index: 0, start: 0, end: text.length };
  if (document.plain) {
    const reading = readPlainYaml(text, span, source.limits.maxDepth);
    if (reading !== undefined) return isExpectedEdit(document.root, reading.root, proof);
  }
  // The two readers differ in what they keep of block scalars: both sides must come from one of them.
  const before = document.plain
    ? readYaml(source.text, document.span, source.limits).root
    : document.root;
  const reading = readYaml(text, span, source.limits);
  return reading.problem === undefined && isExpectedEdit(before, reading.root, proof);
}

/** Refuses an edit of a value that also stands, by an alias, where it is not meant. */
function checkShared(source: ManifestText, document: ReadDocument, edit: DocumentEdit): void {
  if (document.uses.size === 0) return;
  for (const { after, key, site } of edit.insertions) {
    const [use, ...others] = document.uses.get(after.node.start) ?? [];
    const other = others.find((each) => each !== after.path) ?? use;
    if (others.length > 0)
      throw shared(source, {
        site,
        node: after.node,
        path: `${formatPath(other)}, where "${key}" would be added too`,
      });
  }
  const meant = new Map<number, Map<string, string>>();
  for (const [{ node, path }, { value }] of edit.values) {
    const paths = meant.get(node.start) ?? new Map<string, string>();
    meant.set(node.start, paths.set(formatPath(path), value));
  }
  for (const [{ node }, { value, site }] of edit.values) {
    if (node.value === value) continue;
    const paths = meant.get(node.start);
    for (const use of document.uses.get(node.start) ?? []) {
      const path = formatPath(use);
      const other = paths?.get(path);
      if (other === value || (other === undefined && isInertDefinition(use))) continue;
      throw shared(source, { site, node, path });
    }
  }
}

function shared(
  source: ManifestText,
  about: { site: ImageSite; node: ScalarNode; path: string },
): ManifestError {
  const { line } = source.positions.at(about.node.start);
  const where = source.file === undefined ? 'the text' : fileName(source.file);
  return new ManifestError(
    'MANIFEST_SHARED_ANCHOR',
    `The image "${siteImage(about.site)}" in line ${line} of ${where} is shared through an alias with ${about.path}, which is not meant.`,
    { details: { path: source.file, line, sharedWith: about.path } },
  );
}

/**
 * Says whether a place only defines a value for its aliases: an extension member (`x-…`, `.…`, `_…`, which Compose, GitLab
 * and many charts use so), or a key that says that it holds an image or a tag.
 */
function isInertDefinition(path: NodePath | undefined): boolean {
  const last = path?.step;
  if (
    typeof last === 'string' &&
    /(?:image|tag|digest|repository)$/i.test(last) &&
    path?.parent === undefined
  )
    return true;
  for (let at = path; at !== undefined; at = at.parent)
    if (at.parent === undefined) return typeof at.step === 'string' && /^(?:x-|\.|_)/.test(at.step);
  return false;
}

interface Refusal {
  readonly site: ImageSite;
  readonly offset: number;
  readonly reason: string;
}

function refused(source: ManifestText, { site, offset, reason }: Refusal): ManifestError {
  const { line } = source.positions.at(offset);
  const where = source.file === undefined ? 'the text' : fileName(source.file);
  return new ManifestError(
    'MANIFEST_UNSAFE_EDIT',
    `The image "${siteImage(site)}" in line ${line} of ${where} cannot be changed in place: ${reason}.`,
    { details: { path: source.file, line, reason } },
  );
}
