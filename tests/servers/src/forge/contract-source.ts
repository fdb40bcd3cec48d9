import { documentPresent, loadDocument } from './api-document.ts';
import { type ApiContract, type ContractOptions, createContract } from './contract.ts';

/** A contract whose document is a file in the reference data beside the repository. */
export interface ContractSource {
  /** True when the document is there. Without it a simulator checks nothing. */
  readonly present: boolean;
  /** Makes the contract once; `undefined` when the document is not there. */
  load(): ApiContract | undefined;
}

/**
 * Describes the contract of a simulator; nothing is read before `load`.
 *
 * @example
 * export const contract = contractOf('github/openapi.json', { kind: 'openapi3', gaps: contractGaps });
 */
export function contractOf(
  file: string,
  options: Omit<ContractOptions, 'document'>,
): ContractSource {
  let loaded: ApiContract | undefined;
  return {
    present: documentPresent(file),
    load: () => {
      const document = loadDocument(file);
      if (document === undefined) return undefined;
      loaded ??= createContract({ ...options, document });
      return loaded;
    },
  };
}
