import { describe, expect, it } from 'vitest';
import { ManifestError } from './errors.ts';
import { findImages } from './find-images.ts';
import { setImage } from './set-image.ts';
import type { SetImageOptions } from './types.ts';

function refusal(text: string, image: string, options: SetImageOptions = {}): ManifestError {
  try {
    setImage(text, image, options);
  } catch (error) {
    if (error instanceof ManifestError) return error;
    throw error;
  }
  throw new Error('the edit was not refused');
}

function pod(...containers: string[]): string {
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n${containers.map((each) => `  - ${each}\n`).join('')}`;
}

describe('where containers are', () => {
  it.each([
    ['Deployment', 'spec: {template: {spec: {containers: [{name: a, image: x/y:1}]}}}'],
    [
      'CronJob',
      'spec: {jobTemplate: {spec: {template: {spec: {initContainers: [{name: a, image: x/y:1}]}}}}}',
    ],
    ['Rollout', 'spec: {template: {spec: {ephemeralContainers: [{name: a, image: x/y:1}]}}}'],
    ['Widget', 'spec: {nested: [{podTemplate: {spec: {containers: [{name: a, image: x/y:1}]}}}]}'],
  ])('finds them in a %s', (kind, spec) => {
    const text = `apiVersion: example.com/v1\nkind: ${kind}\n${spec}\n`;
    expect(setImage(text, 'x/y:2').text).toBe(text.replace('y:1', 'y:2'));
  });

  it('names the object inside a List, nested Lists and JSON too', () => {
    const inner =
      '{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "in", "namespace": "n"}, "spec": {"containers": [{"name": "a", "image": "x\\/y:1"}]}}';
    const text = `{\n\t"apiVersion": "v1",\n\t"kind": "List",\n\t"items": [{"apiVersion": "v1", "kind": "List", "items": [${inner}]}]\n}\n`;
    const { text: after, changes } = setImage(text, 'x/y:2');
    expect(after).toBe(text.replace('"x\\/y:1"', '"x/y:2"'));
    expect(changes).toMatchObject([
      {
        kind: 'Pod',
        name: 'in',
        namespace: 'n',
        path: 'items[0].items[0].spec.containers[0].image',
        line: 4,
      },
    ]);
  });

  it('does not take a schema, a ConfigMap or the inside of a block scalar for containers', () => {
    const text = [
      'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\n  containers:\n    items: {image: {type: string}}\n',
      'apiVersion: v1\nkind: ConfigMap\ndata:\n  image: x/y:1\n  pod.yaml: |\n    containers:\n    - name: a\n      image: x/y:1\n',
      pod('name: a\n    image: x/y:1 # real'),
    ].join('---\n');
    const { text: after, changes } = setImage(text, 'x/y:2');
    expect(changes).toHaveLength(1);
    expect(after).toBe(text.replace('x/y:1 # real', 'x/y:2 # real'));
  });
});

describe('how values are written', () => {
  it.each([
    ['image: "x/\\u0079:1"', 'image: "x/y:2"'],
    ['image: "x/\\\n      y:1"', 'image: "x/y:2"'],
    ["image: 'x/y:1'", "image: 'x/y:2'"],
    ['image: !!str x/y:1', 'image: !!str x/y:2'],
    ['"image": x/y:1', '"image": x/y:2'],
    ['image:\n      x/y:1 # c', 'image:\n      x/y:2 # c'],
    ['? image\n    : x/y:1', '? image\n    : x/y:2'],
  ])('changes %j', (before, after) => {
    expect(setImage(pod(`name: a\n    ${before}`, 'name: b\n    image: z:1'), 'x/y:2').text).toBe(
      pod(`name: a\n    ${after}`, 'name: b\n    image: z:1'),
    );
  });

  it('refuses a block scalar and a foreign tag', () => {
    for (const image of ['>-\n      x/y:1', '|-\n      x/y:1', '!Ref x/y:1']) {
      const error = refusal(pod(`name: a\n    image: ${image}`), 'x/y:2');
      expect(error.code).toBe('MANIFEST_UNSAFE_EDIT');
      expect(error.message).toMatch(/line 8/);
    }
  });

  it('keeps a host address that only quotes can hold', () => {
    expect(setImage(pod('{name: a, image: x/y:1}'), '[::1]:5000/a:2').text).toBe(
      pod('{name: a, image: "[::1]:5000/a:2"}'),
    );
  });
});

describe('templates', () => {
  const template = pod("name: a\n    image: '{{ .Values.image }}'", 'name: b\n    image: x/y:1');

  it.each([
    "'{{ .Values.image }}'",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a shell variable, as people write it in manifests
    'x/y:${TAG}',
    '$(params.image)',
    '"x/y:<< inputs.sha >>"',
    '"*:latest"',
  ])('refuses %s by name, and never takes it by repository or as the only image', (image) => {
    const text = pod(`name: a\n    image: ${image}`);
    for (const options of [{ container: 'a' }, {}, { all: true }]) {
      const error = refusal(text, 'x/y:2', options);
      expect(error.code).toBe('MANIFEST_UNSAFE_EDIT');
      expect(error.message).toContain('line 8');
    }
  });

  it('fills a placeholder with a whole reference, and not with a version', () => {
    const text = pod(
      'name: a\n    image: " "',
      'name: b\n    image: TODO',
      'name: c\n    image:',
      'name: d\n    image: x/y:1',
    );
    const filled = pod(
      'name: a\n    image: "q/r:2"',
      'name: b\n    image: q/r:2',
      'name: c\n    image: q/r:2',
      'name: d\n    image: q/r:2',
    );
    expect(setImage(text, 'q/r:2', { all: true }).text).toBe(filled);
    expect(setImage(text, 'v2', { all: true }).changes).toMatchObject([{ container: 'd' }]);
    for (const name of ['a', 'b', 'c'])
      expect(refusal(text, 'v2', { container: name }).message).toContain('placeholder');
  });

  it('does not take the sidecar of a template for the only image', () => {
    expect(refusal(template, 'other:1').code).toBe('MANIFEST_IMAGE_AMBIGUOUS');
    expect(setImage(template, 'x/y:2').text).toBe(template.replace('y:1', 'y:2'));
    expect(setImage(template, '2.0', { all: true }).changes).toHaveLength(1);
  });
});

describe('which images are meant', () => {
  const two = `${pod('name: app\n    image: a/one:1')}---\n${pod('name: app\n    image: a/two:1')}`;

  it('asks when one name stands for different images', () => {
    const error = refusal(two, '2.0.0', { container: 'app' });
    expect(error.code).toBe('MANIFEST_IMAGE_AMBIGUOUS');
    expect(setImage(two, '2.0.0', { container: 'app', all: true }).changes).toHaveLength(2);
    expect(setImage(two, 'a/two:2', { container: 'app' }).changes).toMatchObject([{ document: 1 }]);
    expect(setImage(two, '2.0.0', { container: 'app', document: 0 }).changes).toMatchObject([
      { document: 0 },
    ]);
  });

  it('narrows by kind, name, namespace and path', () => {
    expect(refusal(two, 'x:1', { kind: 'Job' }).message).toContain('kind "Job"');
    expect(refusal(two, 'x:1', { namespace: 'n' }).code).toBe('MANIFEST_IMAGE_NOT_FOUND');
    const at = { document: 1, jsonPath: 'spec.containers[0].image', name: 'p' };
    expect(setImage(two, 'x:1', at).changes).toMatchObject([{ document: 1 }]);
  });

  it('says so when there is no image', () => {
    const error = refusal('apiVersion: v1\nkind: Service\n', 'a:1', { path: 's.yaml' });
    expect(error).toMatchObject({
      code: 'MANIFEST_IMAGE_NOT_FOUND',
      message: '"s.yaml" has no image.',
    });
    expect(refusal('', 'a:1').code).toBe('MANIFEST_IMAGE_NOT_FOUND');
  });
});

describe('anchors and aliases', () => {
  const shared = pod('name: a\n    image: &img x/y:1', 'name: b\n    image: *img');

  it('changes a shared value once, when every use is meant', () => {
    const { text, changes } = setImage(shared, 'x/y:2');
    expect(text).toBe(shared.replace('x/y:1', 'x/y:2'));
    expect(changes.map((each) => each.container)).toEqual(['a', 'b']);
  });

  it('refuses when something else shares it', () => {
    const error = refusal(shared, 'x/z:2', { container: 'b' });
    expect(error.code).toBe('MANIFEST_SHARED_ANCHOR');
    expect(error.message).toContain('spec.containers[0].image');
    const label = `metadata: {labels: {image: *img}}\n`;
    expect(refusal(shared.replace('metadata:\n  name: p\n', '') + label, 'x/y:2').code).toBe(
      'MANIFEST_SHARED_ANCHOR',
    );
  });

  it('follows merge keys and whole containers, and edits where a value is only defined', () => {
    const merged = `x-base: &base\n  image: x/y:1\n${pod('<<: *base\n    name: a')}`;
    expect(setImage(merged, 'x/y:2').text).toBe(merged.replace('y:1', 'y:2'));
    const values =
      'imageTag: &tag v1\na: {image: {repository: x/a, tag: *tag}}\nb: {image: {repository: x/b, tag: *tag}}\n';
    expect(refusal(values, 'x/a:v2').code).toBe('MANIFEST_SHARED_ANCHOR');
    expect(setImage(values, 'v2', { all: true }).text).toBe(values.replace('v1', 'v2'));
  });

  it('adds no member to a map that others share', () => {
    const text = 'a: {image: &i {repository: x/y}}\nb: {image: *i}\n';
    for (const options of [{ container: 'a' }, { container: 'b' }, { all: true }]) {
      const error = refusal(text, 'v2', options);
      expect(error.code).toBe('MANIFEST_SHARED_ANCHOR');
      expect(error.message).toContain('"tag" would be added');
    }
  });

  it('knows no anchor of another document', () => {
    expect(
      refusal(`${shared}---\n${pod('name: c\n    image: *img')}`, 'x/y:2', { all: true }).message,
    ).toMatch(/no anchor/);
  });
});

describe('limits', () => {
  const bomb = (levels: number): string =>
    `a0: &a0 [x, x, x, x, x, x, x, x, x]\n${Array.from({ length: levels }, (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join(', ')}]\n`).join('')}`;

  it.each([
    ['an alias bomb', `${bomb(9)}image: x/y:1\n`, {}],
    ['deep nesting', `image: x/y:1\na: ${'['.repeat(5_000)}${']'.repeat(5_000)}\n`, {}],
    ['deep lists', `${'- '.repeat(5_000)}x/y\n`, {}],
    [
      'deep maps',
      `${Array.from({ length: 2_000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('')}image: x/y:1\n`,
      {},
    ],
    ['many documents', 'image: x/y:1\n---\n'.repeat(30), { maxDocuments: 20 }],
    ['a long text', 'image: x/y:1\n', { maxLength: 5 }],
    ['many images', 'image: x/y:1\n---\n'.repeat(30), { maxImages: 20 }],
  ])('stops at %s in bounded time', (_, text, limits) => {
    const start = performance.now();
    expect(refusal(text, 'x/y:2', { limits }).code).toBe('MANIFEST_LIMIT_EXCEEDED');
    expect(performance.now() - start).toBeLessThan(3_000);
  });

  it('treats prototype keys as any others', () => {
    const text = `__proto__: {image: a/b:1}\nconstructor: {image: c/d:1}\n<<: {__proto__: {polluted: 1}}\n`;
    expect(findImages(text).map((each) => each.path)).toEqual([
      '__proto__.image',
      'constructor.image',
    ]);
    expect(setImage(text, 'a/b:2').text).toBe(text.replace('b:1', 'b:2'));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});
