import assert from 'node:assert/strict';
import { Secret } from '@bowline/gitops-errors';
import type { Webhooks } from '../webhook-types.ts';
import type { ContractContext, ContractTable } from './contract.ts';
import { collect, present, rejectsWith } from './expect.ts';

function webhooksOf({ repository }: ContractContext): Webhooks {
  return present(repository.webhooks, 'webhooks (skip the case with a reason)');
}

/** Webhooks, and what is believed of their deliveries. */
export const webhookCases: ContractTable = {
  'webhooks: create, list, update and delete': async (context) => {
    const webhooks = webhooksOf(context);
    await context.subject.seed({ branch: 'main', files: { a: '1' } });
    assert.deepEqual(await collect(webhooks.list()), []);
    const created = await webhooks.create({
      url: 'https://example.com/hook',
      topics: ['push', 'pull-request'],
      secret: new Secret('a-webhook-secret'),
      description: 'Bowline',
    });
    assert.equal(created.url, 'https://example.com/hook');
    assert.deepEqual([...created.topics].sort(), ['pull-request', 'push']);
    assert.equal(created.active, true);
    const listed = await collect(webhooks.list());
    assert.deepEqual(
      listed.map((hook) => hook.id),
      [created.id],
    );
    assert.doesNotMatch(JSON.stringify(listed), /a-webhook-secret/);
    const changed = await webhooks.update(created.id, { url: created.url, topics: ['push'] });
    assert.deepEqual(changed, { ...created, topics: ['push'] });
    const updated = await webhooks.update(created.id, {
      url: 'https://example.com/other',
      topics: ['push'],
      // Some forges forget it otherwise.
      secret: new Secret('a-webhook-secret'),
    });
    assert.equal(updated.id, created.id);
    assert.equal(updated.url, 'https://example.com/other');
    assert.deepEqual(updated.topics, ['push']);
    assert.equal(await webhooks.delete(created.id), true);
    assert.equal(await webhooks.delete(created.id), false);
    assert.deepEqual(await collect(webhooks.list()), []);
  },
  'webhooks: an address that is not http is refused': async (context) => {
    const webhooks = webhooksOf(context);
    await context.subject.seed({ branch: 'main', files: { a: '1' } });
    for (const url of ['', 'nonsense', 'file:///etc/passwd', 'javascript:alert(1)']) {
      await rejectsWith('PROVIDER_INVALID_ARGUMENT', () =>
        webhooks.create({ url, topics: ['push'] }),
      );
    }
  },
  'webhooks: an update without a secret keeps the one that it has': async (context) => {
    const webhooks = webhooksOf(context);
    const { subject } = context;
    await subject.seed({ branch: 'main', files: { a: '1' } });
    const secretOf = async (id: string) => {
      assert.ok(subject.webhookSecret !== undefined, 'the subject reads no secrets of webhooks');
      return subject.webhookSecret(id);
    };
    const input = { url: 'https://example.com/hook', topics: ['push'] } as const;
    const { id } = await webhooks.create({ ...input, secret: new Secret('the-first-secret') });
    assert.equal(await secretOf(id), 'the-first-secret');
    const updated = await webhooks.update(id, { ...input, topics: ['push', 'pull-request'] });
    assert.deepEqual([...updated.topics].sort(), ['pull-request', 'push']);
    assert.equal(await secretOf(id), 'the-first-secret');
    await webhooks.update(id, { ...input, secret: new Secret('the-second-secret') });
    assert.equal(await secretOf(id), 'the-second-secret');
  },
  'webhooks: one that is not there cannot be updated': async (context) => {
    const webhooks = webhooksOf(context);
    await context.subject.seed({ branch: 'main', files: { a: '1' } });
    const input = { url: 'https://example.com/hook', topics: ['push'] } as const;
    const { id } = await webhooks.create(input);
    await webhooks.delete(id);
    await rejectsWith('PROVIDER_NOT_FOUND', () => webhooks.update(id, input));
    assert.deepEqual(await collect(webhooks.list()), []);
  },
  'webhooks: a delivery that is not signed, or that no secret can prove, is refused': async ({
    provider,
  }) => {
    const verify = present(provider.verifyWebhook, 'verifyWebhook');
    const body = Buffer.from('{}');
    for (const secret of ['', ' ', 'a-webhook-secret']) {
      for (const headers of [{}, { 'x-hub-signature': '' }, { 'x-hub-signature': 'sha256=00' }]) {
        await rejectsWith('PROVIDER_WEBHOOK_UNVERIFIED', async () =>
          verify({ headers, body }, new Secret(secret)),
        );
      }
    }
  },
};
