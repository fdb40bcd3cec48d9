import { describe, expect, it } from 'vitest';
import { ManifestError } from './errors.ts';
import { setImage } from './set-image.ts';
import type { SetImageOptions } from './types.ts';

const deployment = `# the shop
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      initContainers:
      - name: migrate
        image: "registry.example.com/shop/migrate:1"   # once
      containers:
      - name: web
        image: registry.example.com/shop/web:2.0.0 # the app
      - { name: proxy, image: 'envoyproxy/envoy:v1.30' }
`;

function refusal(text: string, image: string, options: SetImageOptions = {}): ManifestError {
  try {
    setImage(text, image, options);
  } catch (error) {
    if (error instanceof ManifestError) return error;
    throw error;
  }
  throw new Error('the edit was not refused');
}

describe('setImage on a Deployment', () => {
  it('changes the image of the same repository and nothing else', () => {
    const { text, changes, unchanged } = setImage(
      deployment,
      'registry.example.com/shop/web:2.1.0',
    );
    expect(text).toBe(deployment.replace('web:2.0.0', 'web:2.1.0'));
    expect(unchanged).toEqual([]);
    expect(changes).toEqual([
      {
        document: 0,
        kind: 'Deployment',
        namespace: 'shop',
        name: 'web',
        path: 'spec.template.spec.containers[0].image',
        container: 'web',
        line: 15,
        before: 'registry.example.com/shop/web:2.0.0',
        after: 'registry.example.com/shop/web:2.1.0',
      },
    ]);
  });

  it('keeps the quotes of the value', () => {
    expect(setImage(deployment, 'registry.example.com/shop/migrate:2').text).toBe(
      deployment.replace('migrate:1"', 'migrate:2"'),
    );
    expect(setImage(deployment, 'docker.io/envoyproxy/envoy:v2').text).toBe(
      deployment.replace("'envoyproxy/envoy:v1.30'", "'docker.io/envoyproxy/envoy:v2'"),
    );
  });

  it('keeps the repository for a bare tag, and drops the tag for a bare digest', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(setImage(deployment, '3', { container: 'web' }).text).toContain('shop/web:3 # the app');
    expect(setImage(deployment, `@${digest}`, { container: 'web' }).text).toContain(
      `shop/web@${digest} # the app`,
    );
    expect(setImage(deployment, `:3@${digest}`, { container: 'web' }).text).toContain(
      `shop/web:3@${digest} # the app`,
    );
  });

  it('changes every image with all', () => {
    const { changes } = setImage(deployment, '9', { all: true });
    expect(changes.map((each) => each.after)).toEqual([
      'registry.example.com/shop/migrate:9',
      'registry.example.com/shop/web:9',
      'envoyproxy/envoy:9',
    ]);
  });

  it('says which images could be meant', () => {
    const error = refusal(deployment, 'registry.example.com/other:1', { path: 'web.yaml' });
    expect(error.code).toBe('MANIFEST_IMAGE_AMBIGUOUS');
    expect(error.message).toContain('"web.yaml" has 3 images');
    expect(error.message).toContain('line 15: "web" of Deployment "web"');
    expect(error.hint).toMatch(/--container.*--all/);
    expect(error.details?.['candidates']).toMatchObject([
      { container: 'migrate', line: 12, image: 'registry.example.com/shop/migrate:1' },
      { container: 'web', line: 15, path: 'spec.template.spec.containers[0].image' },
      { container: 'proxy', line: 16, kind: 'Deployment', name: 'web' },
    ]);
  });

  it('lists what there is when a container is not found', () => {
    const error = refusal(deployment, '1', { container: 'wbe' });
    expect(error.code).toBe('MANIFEST_IMAGE_NOT_FOUND');
    expect(error.message).toContain('container "wbe"');
    expect(error.details?.['candidates']).toHaveLength(3);
  });

  it('changes the only image, whatever its repository', () => {
    const text = 'apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: old/thing:1}]}\n';
    expect(setImage(text, 'new/thing:2').text).toBe(text.replace('old/thing:1', 'new/thing:2'));
  });

  it('repairs a file where one of two images is right already', () => {
    const text = `${deployment}---\n${deployment.replace('web:2.0.0', 'web:2.1.0')}`;
    const {
      text: after,
      changes,
      unchanged,
    } = setImage(text, 'registry.example.com/shop/web:2.1.0');
    expect(changes).toHaveLength(1);
    expect(unchanged).toMatchObject([{ document: 1, line: 32 }]);
    expect(after).toBe(text.replace('web:2.0.0', 'web:2.1.0'));
    expect(setImage(after, 'registry.example.com/shop/web:2.1.0')).toMatchObject({
      text: after,
      changes: [],
      unchanged: [{ document: 0 }, { document: 1 }],
    });
  });

  it('keeps CRLF, a byte-order mark, trailing blanks and a missing last newline', () => {
    const text = `\uFEFF${deployment.replaceAll('\n', '  \r\n').trimEnd()}`;
    const { text: after, changes } = setImage(text, 'registry.example.com/shop/web:2.1.0');
    expect(after).toBe(text.replace('web:2.0.0', 'web:2.1.0'));
    expect(changes[0]?.line).toBe(15);
  });
});

describe('setImage on bad input', () => {
  it.each([
    ['a tab', 'a:\n\tb: 1\n', 2, 1, /found a tab/],
    ['an open quote', 'a: "x\nb: 1\n', 3, 1, /quote/],
    ['a key twice', 'a: 1\nb: 2\na: 3\n', 3, 1, /"a" is there twice/],
    ['a template', 'a: 1\n{{- if x }}\nb: 2\n{{- end }}\n', 2, 1, /template/],
    ['an unknown alias', 'a: *b\n', 1, 4, /no anchor/],
  ])('says where it stumbles over %s', (_, text, line, column, reason) => {
    const error = refusal(text, 'a/b:1', { path: 'dir/x.yaml' });
    expect(error.code).toBe('MANIFEST_SYNTAX');
    expect(error.details).toMatchObject({ path: 'dir/x.yaml', line, column });
    expect(error.message).toContain(
      `"dir/x.yaml" is not valid YAML at line ${line}, column ${column}: `,
    );
    expect(error.message).toMatch(reason);
    expect(error.message).toMatch(/expected|no anchor/);
  });

  it('refuses what is no image reference before it reads the text', () => {
    const error = refusal('a: [', 'Shop/Web:1');
    expect(error.code).toBe('MANIFEST_IMAGE_INVALID');
    expect(error.message).toContain('repository');
  });
});
