import { existsSync, readFileSync } from 'node:fs';
import {
  findImages,
  formatImageReference,
  type ImageLocation,
  type ImageSelector,
  ManifestError,
  parseImageReference,
  parseManifests,
  setImage,
  unifiedDiff,
} from '@bowline/gitops-manifests';
import { describe, expect, it } from 'vitest';

const corpus = new URL('../../../../shared/corpus/', import.meta.url);
const present = existsSync(new URL('manifest-index.json', corpus));
const absent = present ? '' : ' (skipped: ../shared/corpus is absent)';

interface CorpusFile {
  readonly features: readonly string[];
}

const files: ReadonlyMap<string, CorpusFile> = new Map(
  present
    ? Object.entries(
        (
          JSON.parse(readFileSync(new URL('manifest-index.json', corpus), 'utf8')) as {
            files: Record<string, CorpusFile>;
          }
        ).files,
      )
    : [],
);

function read(file: string): string {
  const bytes = readFileSync(new URL(`manifests/${file}`, corpus));
  // Node's decoder would drop the byte-order mark, which an edit must keep.
  return new TextDecoder('utf-8', { ignoreBOM: true, fatal: true }).decode(bytes);
}

function isReference(text: string): boolean {
  try {
    parseImageReference(text);
    return true;
  } catch {
    return false;
  }
}

/** Another value that is written in the same parts. */
function otherImage(image: ImageLocation): string {
  const { tag, digest, ...name } = parseImageReference(image.image);
  const whole = /(?:^|[.\]])image$/.test(image.path) || (tag === undefined && digest === undefined);
  return formatImageReference({
    ...(whole ? { registry: 'other.example.com:5000', repository: 'some/thing' } : name),
    ...(tag === undefined ? {} : { tag: 'v0-bowline' }),
    ...(digest === undefined ? {} : { digest: `sha256:${'f'.repeat(64)}` }),
  });
}

function changedLines(before: string, after: string): readonly number[] {
  const lines = after.split('\n');
  const old = before.split('\n');
  expect(lines).toHaveLength(old.length);
  return old.flatMap((line, index) => (line === lines[index] ? [] : [index + 1]));
}

/** Edits that people ask for: a repository that is there, all images, a container, a version with and without a digest. */
function wishes(text: string, file: string): readonly (readonly [string, ImageSelector])[] {
  const images = attempt(() => findImages(text, { path: file })) ?? [];
  const digest = `sha256:${'a'.repeat(64)}`;
  const names = new Set(images.map(({ image }) => image.replace(/@.*$|:[^/]*$/, '')));
  const containers = new Set(images.map(({ container }) => container));
  return [
    ...[...names].map((name) => [`${name}:1.10@${digest}`, {}] as const),
    ...[...containers].map((container) => ['9.9.9', { container }] as const),
    ['9.9.9', { all: true }],
    [`@${digest}`, { all: true }],
    ['other.example.com:5000/some/thing:1.10', { all: true }],
  ];
}

function attempt<Result>(edit: () => Result): Result | undefined {
  try {
    return edit();
  } catch (error) {
    if (error instanceof ManifestError) return undefined;
    throw error;
  }
}

/** Files that cannot be read: Helm and Jinja templates that are not rendered. The count may only fall. */
const MAX_UNREADABLE = 19;
/** Images that are found and refused, by the reason. The counts may only fall. */
const MAX_REFUSED: Readonly<Record<string, number>> = {
  MANIFEST_UNSAFE_EDIT: 0,
  MANIFEST_SHARED_ANCHOR: 0,
};
/** Values that are no reference and no template, such as `REGISTRY/web`: they can be set, but not set back. */
const MAX_PLACEHOLDERS = 22;
/** Images whose tag is a bare number: it comes back in quotes, without which it would not be the same text. */
const MAX_QUOTED = 2;

describe(`every file of the corpus${absent}`, () => {
  it.skipIf(!present)('has each image set to another value and back, byte for byte', () => {
    const unreadable: string[] = [];
    const refused: Record<string, string[]> = {};
    const quoted: string[] = [];
    const placeholders: string[] = [];
    let edited = 0;
    for (const file of files.keys()) {
      const text = read(file);
      let images: readonly ImageLocation[];
      try {
        images = findImages(text, { path: file });
      } catch (error) {
        if (!(error instanceof ManifestError)) throw error;
        expect(error.code).toBe('MANIFEST_SYNTAX');
        expect(error.message).toMatch(/line \d+, column \d+: .*expected/);
        expect(error.message).toContain(`"${file}"`);
        expect(error.details).toMatchObject({
          path: file,
          line: expect.any(Number),
          column: expect.any(Number),
        });
        unreadable.push(file);
        continue;
      }
      for (const image of images.filter((each) => each.editable)) {
        if (!isReference(image.image)) {
          placeholders.push(`${file}:${image.line} ${image.image}`);
          continue;
        }
        const at = { path: file, document: image.document, jsonPath: image.path };
        try {
          const there = setImage(text, otherImage(image), at);
          expect(there.changes.length, `${file}:${image.line}`).toBeGreaterThan(0);
          expect(changedLines(text, there.text)).toEqual([
            ...new Set(there.changes.map((each) => each.line)),
          ]);
          const back = setImage(there.text, image.image, at);
          edited += 1;
          if (back.text === text) continue;
          const unquoted = unifiedDiff(text, back.text, { path: file }).replace(
            /^(\+.*?: )"([\d.]+)"/gm,
            '$1$2',
          );
          expect(unquoted.match(/^\+ .*/gm)?.map((line) => line.slice(1))).toEqual(
            unquoted.match(/^- .*/gm)?.map((line) => line.slice(1)),
          );
          quoted.push(`${file}:${image.line}`);
        } catch (error) {
          if (!(error instanceof ManifestError)) throw error;
          const list = refused[error.code] ?? [];
          list.push(`${file}:${image.line} ${error.message}`);
          refused[error.code] = list;
        }
      }
    }
    expect(edited).toBeGreaterThan(330);
    expect(placeholders.length, placeholders.join('\n')).toBeLessThanOrEqual(MAX_PLACEHOLDERS);
    expect(quoted.length, quoted.join('\n')).toBeLessThanOrEqual(MAX_QUOTED);
    expect(unreadable.length, unreadable.join('\n')).toBeLessThanOrEqual(MAX_UNREADABLE);
    for (const file of unreadable) expect(files.get(file)?.features, file).toContain('noparse');
    for (const [code, list] of Object.entries(refused))
      expect(list.length, list.join('\n')).toBeLessThanOrEqual(MAX_REFUSED[code] ?? 0);
  });

  it.skipIf(!present)('has nothing left to change the second time, whatever was meant', () => {
    let edited = 0;
    for (const file of files.keys()) {
      const text = read(file);
      for (const [image, selector] of wishes(text, file)) {
        const options = { path: file, ...selector };
        const first = attempt(() => setImage(text, image, options));
        if (first === undefined) continue;
        edited += first.changes.length;
        const second = setImage(first.text, image, options);
        const what = `${file} ${image} ${JSON.stringify(selector)}`;
        expect(second.text, what).toBe(first.text);
        expect(second.changes, what).toEqual([]);
        expect(second.unchanged.length, what).toBeGreaterThan(0);
      }
    }
    expect(edited).toBeGreaterThan(1000);
  });

  it.skipIf(!present)('is parsed into objects or issues, none dropped', () => {
    for (const [file, { features }] of files) {
      const { objects, issues } = parseManifests(read(file), { path: file });
      const syntax = issues.filter(
        (each) => each.code === 'syntax' || each.code === 'duplicate-key',
      );
      expect(syntax.length > 0, file).toBe(features.includes('noparse'));
      for (const { kind, locate } of objects) {
        expect(kind).not.toBe('');
        expect(locate(['kind'])?.line, file).toBeGreaterThan(0);
      }
    }
  });
});
