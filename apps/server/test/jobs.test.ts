import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deployment, IMAGE, type LocalServer, openLocalServer, PATH } from './local-forge.ts';

let server: LocalServer;
beforeEach(async () => {
  server = await openLocalServer();
});
afterEach(() => server.close());

const post = (job: string, payload: object) =>
  server.app.inject({ method: 'POST', url: `/v1/gitops/${job}`, payload });
const get = (path: string, query: Record<string, string>) =>
  server.app.inject({ method: 'GET', url: `/v1/gitops/${path}`, query });
const repository = () => server.provider.repository('gitops-k8s');
const read = async (branch: string) => {
  const file = await repository().files.read(PATH, branch);
  return new TextDecoder().decode(file?.content);
};

describe('create-branch', () => {
  const body = { repo: 'gitops-k8s', src_branch: 'prod', dest_branch: 'release' };

  it('creates a branch, and finds it the second time', async () => {
    const first = await post('create-branch', body);
    expect(first.statusCode).toBe(200);
    const prod = await repository().branches.get('prod');
    expect(first.json()).toEqual({
      success: true,
      repository: 'gitops-k8s',
      source_branch: 'prod',
      destination_branch: 'release',
      created: true,
      commit: prod?.sha,
      branch_url: expect.any(String),
      dry_run: false,
      message: expect.stringContaining('Created branch "release"'),
    });
    expect((await post('create-branch', body)).json()).toMatchObject({ created: false });
  });

  it('writes nothing in a dry run', async () => {
    const answer = await post('create-branch', { ...body, dry_run: true });
    expect(answer.json()).toMatchObject({ created: true, dry_run: true });
    expect(await repository().branches.get('release')).toBeUndefined();
  });
});

describe('set-image-yaml', () => {
  const body = { repo: 'gitops-k8s', refs: 'staging', yaml_path: PATH, image: `${IMAGE}:2.1.0` };

  it('commits the image and nothing else, and skips what is done', async () => {
    const first = (await post('set-image-yaml', body)).json();
    expect(first).toMatchObject({
      changed: true,
      skipped: false,
      changes: [{ before: `${IMAGE}:2.0.3`, after: `${IMAGE}:2.1.0`, container: 'web' }],
      commit: (await repository().branches.get('staging'))?.sha,
    });
    expect(first.diff).toContain(`+          image: ${IMAGE}:2.1.0 # kept`);
    expect(await read('staging')).toBe(deployment('2.1.0'));
    expect((await post('set-image-yaml', body)).json()).toMatchObject({
      changed: false,
      skipped: true,
      commit: null,
    });
  });

  it('shows the diff of a dry run and writes nothing', async () => {
    const answer = await post('set-image-yaml', { ...body, dry_run: true });
    expect(answer.json()).toMatchObject({ changed: true, dry_run: true, commit: null });
    expect(await read('staging')).toBe(deployment('2.0.3'));
  });

  it('says which container it cannot find', async () => {
    const answer = await post('set-image-yaml', { ...body, container: 'logs' });
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'MANIFEST_IMAGE_NOT_FOUND']);
  });
});

describe('pull-request and merge', () => {
  it('opens one, lists it, shows its diff and merges it', async () => {
    const place = { repo: 'gitops-k8s' };
    await post('create-branch', { ...place, src_branch: 'prod', dest_branch: 'release' });
    const image = `${IMAGE}:2.1.0`;
    await post('set-image-yaml', { ...place, refs: 'release', yaml_path: PATH, image });
    const request = { ...place, src_branch: 'release', dest_branch: 'prod', title: 'Release' };
    const opened = (await post('pull-request', request)).json();
    expect(opened).toMatchObject({ created: true, pr_id: 1, title: 'Release' });
    expect((await post('pull-request', request)).json()).toMatchObject({ created: false });

    const list = (await get('pull-requests', place)).json();
    expect(list).toMatchObject({ count: 1, pull_requests: [{ id: 1, source: 'release' }] });
    const diff = await get('pull-requests/1/diff', place);
    expect(diff.json().diff).toContain(`+          image: ${image} # kept`);

    const merge = { pr_url: opened.pr_url, delete_after_merge: true };
    const merged = (await post('merge', merge)).json();
    expect(merged).toMatchObject({ already_merged: false, source: 'release' });
    expect(merged.merge_commit).toBe((await repository().branches.get('prod'))?.sha);
    expect(await read('prod')).toBe(deployment('2.1.0'));
    expect((await post('merge', merge)).json()).toMatchObject({ already_merged: true });
    expect((await get('pull-requests', { ...place, status: 'merged' })).json().count).toBe(1);
  });
});

describe('k8s-pr', () => {
  const body = { cluster: 'prod', namespace: 'shop', deploy: 'web', image: `${IMAGE}:2.1.0` };

  it('moves an image through branch, commit, pull request and merge', async () => {
    const answer = (await post('k8s-pr', { ...body, approve_merge: true })).json();
    expect(answer).toMatchObject({ success: true, changed: true, merged: true });
    expect(answer.steps.map(({ name }: { name: string }) => name)).toEqual([
      'create_branch',
      'set_image',
      'create_pr',
      'merge_pr',
    ]);
    expect(await read('prod')).toBe(deployment('2.1.0'));
    const again = (await post('k8s-pr', { ...body, approve_merge: true })).json();
    expect(again).toMatchObject({ changed: false, merged: false, pr_url: null });
  });

  it('shows what it would do', async () => {
    const answer = (await post('k8s-pr', { ...body, approve_merge: true, dry_run: true })).json();
    expect(answer).toMatchObject({ changed: true, merged: false, dry_run: true, pr_url: null });
    expect(await read('prod')).toBe(deployment('2.0.3'));
  });
});

describe('tag, webhook and the reads', () => {
  const place = { repo: 'gitops-k8s' };

  it('tags the tip, and lists it', async () => {
    const body = { ...place, branch: 'prod', commit_id: 'HEAD', tag_name: 'v2.0.3' };
    const prod = await repository().branches.get('prod');
    const tagged = { created: true, commit_id: prod?.sha };
    expect((await post('tag', body)).json()).toMatchObject(tagged);
    await post('tag', { ...body, tag_name: 'v2.0.4' });
    const list = (await get('tags', place)).json();
    expect(list).toMatchObject({ count: 2, truncated: false });
    expect(list.tags).toContainEqual({ name: 'v2.0.3', sha: prod?.sha });
    const one = (await get('tags', { ...place, limit: '1' })).json();
    expect(one).toMatchObject({ count: 1, truncated: true });
  });

  it('says that a folder of repositories calls nobody', async () => {
    const answer = await post('webhook', { ...place, webhook_url: 'https://ci.example.com/hook' });
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'OPERATION_NOT_SUPPORTED']);
  });

  it('reads a file as it is, in base64 where it is not text', async () => {
    const file = (await get('file', { ...place, ref: 'prod', path: PATH })).json();
    expect(file).toMatchObject({ binary: false, content: deployment('2.0.3') });
    const head = await repository().branches.get('prod');
    await repository().commits.create({
      branch: 'prod',
      message: 'Add a picture and a note',
      expectedHead: head?.sha ?? '',
      changes: [
        { type: 'write', path: 'logo', content: new Uint8Array([0xff, 0x00, 0x7f]) },
        { type: 'write', path: 'note', content: new TextEncoder().encode('password=hunter22\n') },
      ],
    });
    const binary = (await get('file', { ...place, ref: 'prod', path: 'logo' })).json();
    expect(binary).toMatchObject({ binary: true, size: 3, content: '/wB/' });
    const note = (await get('file', { ...place, ref: 'prod', path: 'note' })).json();
    expect(note.content).toBe('password=hunter22\n');
    const none = await get('file', { ...place, ref: 'prod', path: 'none' });
    expect([none.statusCode, none.json().code]).toEqual([404, 'OPERATION_FILE_NOT_FOUND']);
  });

  it('shows the newest commits', async () => {
    const log = (await get('logs', { ...place, ref: 'prod', limit: '5' })).json();
    const tip = (await repository().branches.get('prod'))?.sha ?? '';
    expect(log).toMatchObject({ ref: 'prod', count: 1 });
    expect(log.commits[0]).toMatchObject({ sha: tip, short_sha: tip.slice(0, 12) });
  });
});

describe('where requests reach', () => {
  it.each([
    ['another folder', { repo: 'x', org: '/etc' }, 400, 'SERVER_REQUEST_INVALID'],
    ['a parent folder', { repo: '../other' }, 400, 'PROVIDER_INVALID_ARGUMENT'],
    ['an unknown host', { repo: 'a/b', remote: '169.254.169.254' }, 400, 'CONFIG_HOST_UNKNOWN'],
    ['an unknown host by address', { repo: 'http://[::1]:6443/a/b' }, 400, 'CONFIG_HOST_UNKNOWN'],
    [
      'an address with a user',
      { repo: 'https://me:pass@github.com/a/b' },
      400,
      'SERVER_REQUEST_INVALID',
    ],
  ])('%s is refused', async (_, query, status, code) => {
    const answer = await get('tags', query as Record<string, string>);
    expect([answer.statusCode, answer.json().code]).toEqual([status, code]);
  });

  it.each([
    ['file:///etc/passwd', 'SERVER_REQUEST_INVALID'],
    ['ftp://bitbucket.org/a/b/pull-requests/1', 'SERVER_REQUEST_INVALID'],
    ['https://evil.example.com/a/b/pull-requests/1', 'CONFIG_HOST_UNKNOWN'],
    ['not-an-address', 'SERVER_REQUEST_INVALID'],
  ])('the pull request %s is refused', async (pr_url, code) => {
    const answer = await post('merge', { pr_url });
    expect([answer.statusCode, answer.json().code]).toEqual([400, code]);
  });
});
