/**
 * A place where the document of a forge says less than, or something else than, its API does.
 *
 * A schema here may point into the document: `{ $ref: '#/components/schemas/error' }`.
 */
export interface ContractGap {
  /** Method and path template as in the document (without the base path), or `*` for every operation. */
  readonly operation: string;
  /** Why this is so and where it is written. */
  readonly reason: string;
  /** True for an operation that the document lacks altogether. Without `requestBody`, `responseBody` or `statuses` it takes every one. */
  readonly undocumented?: true;
  /** Query parameters that are taken although the operation does not list them, or lists other values. */
  readonly query?: readonly string[];
  /** Status codes that occur although the operation does not list them. */
  readonly statuses?: readonly number[];
  /** The schema of the JSON body, which must come, in place of the one in the document; `true` takes everything. */
  readonly requestBody?: object | true;
  /** Members at the top of the JSON body that the document lacks; without `requestBody`. */
  readonly members?: readonly string[];
  /** True when the body is a form that the document describes in words only. */
  readonly form?: boolean;
  /** The schema of every answer in place of the one in the document; `true` takes everything. */
  readonly responseBody?: object | true;
  /** The schema of the answers with one status in place of the one in the document; `true` takes everything. */
  readonly responses?: Readonly<Record<number, object | true>>;
  /** Members of answers that may be null although the schema gives a type; `true` for all, where a document never speaks of null. */
  readonly nullable?: readonly string[] | true;
  /** Members that the schema requires and the API does not, in requests and answers. */
  readonly optional?: readonly string[];
}
