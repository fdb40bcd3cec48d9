import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployment, IMAGE, type LocalServer, openLocalServer } from './local-forge.ts';

const JOBS = 200;
const paths = Array.from({ length: JOBS }, (_, index) => `app-${index}/deployment.yaml`);

describe(`${JOBS} jobs on one branch at once`, () => {
  let server: LocalServer;
  beforeAll(async () => {
    server = await openLocalServer();
    const repository = server.provider.repository('gitops-k8s');
    const head = await repository.branches.get('staging');
    const content = new TextEncoder().encode(deployment('1.0'));
    await repository.commits.create({
      branch: 'staging',
      message: 'Add the apps',
      expectedHead: head?.sha ?? '',
      changes: paths.map((path) => ({ type: 'write', path, content })),
    });
  });
  afterAll(() => server.close());

  it('all land, one commit each, and none is lost', async () => {
    const answers = await Promise.all(
      paths.map((yaml_path, index) =>
        server.app.inject({
          method: 'POST',
          url: '/v1/gitops/set-image-yaml',
          payload: {
            repo: 'gitops-k8s',
            refs: 'staging',
            yaml_path,
            image: `${IMAGE}:2.0.${index}`,
          },
        }),
      ),
    );
    expect(answers.filter(({ statusCode }) => statusCode !== 200)).toEqual([]);
    expect(new Set(answers.map((answer) => answer.json().commit)).size).toBe(JOBS);
    const repository = server.provider.repository('gitops-k8s');
    const texts = await Promise.all(
      paths.map(async (path) =>
        new TextDecoder().decode((await repository.files.read(path, 'staging'))?.content),
      ),
    );
    expect(texts).toEqual(paths.map((_, index) => deployment(`2.0.${index}`)));
    const log = await server.app.inject('/v1/gitops/logs?repo=gitops-k8s&ref=staging&limit=1000');
    expect(log.json().count).toBe(JOBS + 2);
  });
});
