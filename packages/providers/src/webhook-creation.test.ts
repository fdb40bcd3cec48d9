import { describe, expect, it } from 'vitest';
import { ProviderError } from './errors.ts';
import { uncertain } from './http/transport-error.ts';
import { createWebhookOnce } from './webhook-creation.ts';
import type { Webhook } from './webhook-types.ts';

const url = 'https://example.com/hook';
const hook = (id: string, address = url): Webhook => ({
  id,
  url: address,
  topics: ['push'],
  active: true,
});
const refusal = new ProviderError('PROVIDER_UNAVAILABLE', 'The connection failed.');

/** A forge that keeps what it is told, and answers or not. */
function forge(added: readonly Webhook[], answer: ProviderError | undefined) {
  const hooks = [hook('1')];
  let created = 0;
  const calls = {
    list: async function* () {
      yield* [...hooks];
    },
    create: async () => {
      created += 1;
      hooks.push(...added);
      if (answer !== undefined) throw answer;
      return hook('2');
    },
  };
  return { calls, created: () => created };
}

describe('createWebhookOnce', () => {
  it('answers with the one that was made', async () => {
    const { calls, created } = forge([hook('2')], undefined);
    expect(await createWebhookOnce(calls, url)).toEqual(hook('2'));
    expect(created()).toBe(1);
  });

  it('finds the one that a lost answer was about, and no other', async () => {
    const { calls, created } = forge(
      [hook('2', 'https://example.com/other'), hook('3')],
      uncertain(refusal),
    );
    expect(await createWebhookOnce(calls, url)).toEqual(hook('3'));
    expect(created()).toBe(1);
  });

  it.each([
    ['a refusal', refusal, [hook('2')]],
    ['a lost request', uncertain(refusal), []],
  ])('hands on %s', async (_, answer, added) => {
    const { calls, created } = forge(added, answer);
    await expect(createWebhookOnce(calls, url)).rejects.toBe(answer);
    expect(created()).toBe(1);
  });
});
