import { autoMergeCases } from './auto-merge-cases.ts';
import { ciCases } from './ci-cases.ts';
import { commitCases } from './commit-cases.ts';
import type { ContractCase, ContractTable, ProviderContractOptions } from './contract.ts';
import { mergeCases } from './merge-cases.ts';
import { pullRequestCases } from './pull-request-cases.ts';
import { repositoryCases } from './repository-cases.ts';
import { signalCases } from './signal-cases.ts';
import { statusCases } from './status-cases.ts';
import { webhookCases } from './webhook-cases.ts';

const tables: readonly ContractTable[] = [
  repositoryCases,
  commitCases,
  pullRequestCases,
  mergeCases,
  autoMergeCases,
  statusCases,
  webhookCases,
  ciCases,
  signalCases,
];

/**
 * Lists the tests that every provider passes, for any test runner.
 *
 * Each case makes a provider with an empty repository of its own, and closes it. Nothing is shared between cases, so they may
 * run at the same time. A case that does not apply is skipped by its exact name with a reason.
 *
 * @throws Error when `skip` names a case that does not exist, so that a list of skips does not outlive its reasons.
 *
 * @example
 * ```ts
 * import { type ContractSubject, providerContract } from '@bowline/gitops-providers/testing';
 *
 * declare function create(): Promise<ContractSubject>;
 * declare function it(name: string, run: () => Promise<void>): void;
 *
 * for (const test of providerContract({ create })) it(test.name, test.run);
 * ```
 */
export function providerContract(options: ProviderContractOptions): readonly ContractCase[] {
  const skips = new Map((options.skip ?? []).map(({ test, reason }) => [test, reason]));
  const cases = tables.flatMap((table) =>
    Object.entries(table).map(([name, body]): ContractCase => {
      const absent = options.without?.find(({ part }) => name.startsWith(`${part}: `));
      const skip = skips.get(name) ?? absent?.reason;
      skips.delete(name);
      return {
        name,
        run: async () => {
          const subject = await options.create();
          try {
            const { provider } = subject;
            await body({ subject, provider, repository: provider.repository(subject.repository) });
          } finally {
            await subject.close();
          }
        },
        ...(skip === undefined ? {} : { skip }),
      };
    }),
  );
  if (skips.size > 0) {
    throw new Error(`the contract has no case named "${[...skips.keys()].join('", "')}"`);
  }
  return cases;
}
