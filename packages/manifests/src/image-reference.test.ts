import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManifestError } from './errors.ts';
import {
  canonicalName,
  formatImageReference,
  isImageVersion,
  parseImageReference,
  parseWantedImage,
} from './image-reference.ts';

const sha = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('parseImageReference', () => {
  it.each([
    ['nginx', { repository: 'nginx' }],
    ['nginx:1.27', { repository: 'nginx', tag: '1.27' }],
    ['library/nginx', { repository: 'library/nginx' }],
    ['docker.io/library/nginx:1', { registry: 'docker.io', repository: 'library/nginx', tag: '1' }],
    ['localhost/web', { registry: 'localhost', repository: 'web' }],
    ['localhost:5000/web:2', { registry: 'localhost:5000', repository: 'web', tag: '2' }],
    [
      'r.example.com:5000/a/b__c/d-e.f',
      { registry: 'r.example.com:5000', repository: 'a/b__c/d-e.f' },
    ],
    ['[2001:db8::1]:443/a:1', { registry: '[2001:db8::1]:443', repository: 'a', tag: '1' }],
    [`a/b:1.0@${sha}`, { repository: 'a/b', tag: '1.0', digest: sha }],
    [`a@${sha}`, { repository: 'a', digest: sha }],
    [`REGISTRY/a`, { registry: 'REGISTRY', repository: 'a' }],
    ['a:_x-1.Y', { repository: 'a', tag: '_x-1.Y' }],
  ])('parses %s and writes it again', (text, expected) => {
    expect(parseImageReference(text)).toEqual(expected);
    expect(formatImageReference(parseImageReference(text))).toBe(text);
  });

  it.each([
    ['', /empty/],
    ['a b', /blank/],
    ['a/', /empty part|empty/],
    ['a//b', /empty part/],
    ['Shop/Web', /upper-case|host/],
    ['shop/Web', /upper-case/],
    ['a:', /tag after ":" is empty/],
    ['a:.x', /begins with "\."/],
    [`a:${'x'.repeat(129)}`, /longer than 128/],
    ['a:b/c', /repository|host|lower-case/],
    ['a@sha256:12', /64 lower-case/],
    [`a@sha256:${'A'.repeat(64)}`, /64 lower-case/],
    ['a@b', /does not look like/],
    ['a_.b', /joined by/],
    ['-a', /joined by/],
    ['http://a/b', /scheme/],
    [`${'a/'.repeat(130)}b`, /longer than 255/],
    ['exam_ple.com:5000/a', /host name/],
  ])('refuses %j with the reason', (text, reason) => {
    let error: unknown;
    try {
      parseImageReference(text);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(ManifestError);
    expect(error).toMatchObject({
      code: 'MANIFEST_IMAGE_INVALID',
      message: expect.stringMatching(reason),
    });
  });

  it('never takes longer on hostile text than it has characters', () => {
    const start = performance.now();
    for (const text of [
      'a-'.repeat(50_000),
      'a.'.repeat(50_000),
      `${'a-'.repeat(50_000)}.x/y`,
      '-'.repeat(99_999),
    ])
      expect(() => parseImageReference(text)).toThrow(ManifestError);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('is the inverse of formatImageReference', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}(?:[._-][a-z0-9]{1,4})?$/);
    const reference = fc.record(
      {
        registry: fc.constantFrom('ghcr.io', 'localhost:5000', 'r.example.com'),
        repository: fc
          .array(part, { minLength: 1, maxLength: 3 })
          .map((parts) => `x${parts.join('/')}`),
        tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/),
        digest: fc.constant(sha),
      },
      { requiredKeys: ['repository'] },
    );
    fc.assert(
      fc.property(reference, (value) => {
        // Without a registry, a first part with a dot would be one.
        fc.pre(value.registry !== undefined || !/^[^/]*[.:].*\//.test(value.repository));
        expect(parseImageReference(formatImageReference(value))).toEqual(value);
      }),
    );
  });
});

describe('canonicalName', () => {
  it('knows the spellings of Docker Hub', () => {
    const names = [
      'nginx',
      'library/nginx',
      'docker.io/nginx',
      'docker.io/library/nginx',
      'index.docker.io/library/nginx:1',
    ];
    expect(new Set(names.map((name) => canonicalName(parseImageReference(name))))).toEqual(
      new Set(['docker.io/library/nginx']),
    );
    expect(canonicalName(parseImageReference('GHCR.io/a/b'))).toBe('ghcr.io/a/b');
  });
});

describe('parseWantedImage', () => {
  it.each([
    '2.1.0',
    'v3',
    'latest',
    'main',
    'sha-1a2b3c4',
    '1a2b3c4d',
    'release-5',
    'RC1',
    '_x',
    ':nginx',
    `@${sha}`,
    'build-2024.1',
    `2.1.0@${sha}`,
    `RC1@${sha}`,
  ])('takes %s as a version', (text) => {
    expect(isImageVersion(text)).toBe(true);
    expect(parseWantedImage(text).repository).toBeUndefined();
  });

  it.each(['nginx', 'busybox', 'hello-world', 'web:1', `nginx@${sha}`, 'a/b', 'k8s-tools'])(
    'takes %s as a reference',
    (text) => {
      expect(isImageVersion(text)).toBe(false);
      expect(parseWantedImage(text).repository).toBeDefined();
    },
  );

  it('reads tag and digest', () => {
    expect(parseWantedImage(`:2@${sha}`)).toEqual({ tag: '2', digest: sha });
    expect(parseWantedImage(`2.1.0@${sha}`)).toEqual({ tag: '2.1.0', digest: sha });
    expect(parseWantedImage(`@${sha}`)).toEqual({ digest: sha });
    expect(() => parseWantedImage(':')).toThrow(/empty/);
    expect(() => parseWantedImage('@')).toThrow(ManifestError);
    expect(() => parseWantedImage('2.1.0 x')).toThrow(/blank/);
  });
});
