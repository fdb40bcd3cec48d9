import type { ContractGap } from '../forge/contract-gap.ts';
import * as schemas from './schemas.ts';

const reason = 'There is no document: written from the REST documentation of version 9.4.';
const P = '/api/latest/projects/{projectKey}/repos/{repositorySlug}';
const PULL = `${P}/pull-requests/{pullRequestId}`;
const paging = ['start', 'limit'];
// On every call: no or another credential, no permission, no such repository.
const general = [401, 403, 404, 429, 500, 502, 503, 504];

interface Operation {
  readonly query?: readonly string[];
  readonly requestBody?: object;
  readonly form?: true;
  readonly responses?: Readonly<Record<number, object | true>>;
  readonly statuses?: readonly number[];
}

function operation(name: string, { statuses = [], query = [], ...rest }: Operation): ContractGap {
  const taken = [...general, ...statuses];
  return { operation: name, reason, undocumented: true, query, statuses: taken, ...rest };
}

/** Every operation that is used. What is not here is refused. */
export const contractGaps: readonly ContractGap[] = [
  operation(`GET ${P}`, { responses: { 200: schemas.repository } }),
  operation(`GET ${P}/default-branch`, { responses: { 200: schemas.minimalRef } }),
  operation(`GET ${P}/branches`, {
    query: [...paging, 'filterText', 'boostMatches', 'orderBy'],
    responses: { 200: schemas.pageOf(schemas.branch) },
  }),
  operation(`POST ${P}/branches`, {
    requestBody: schemas.refSent,
    responses: { 200: schemas.branch },
    // Which status stands for a name that is taken is not documented.
    statuses: [400, 409],
  }),
  operation('DELETE /branch-utils/latest/projects/{projectKey}/repos/{repositorySlug}/branches', {
    requestBody: schemas.branchDeletion,
    statuses: [204, 400],
  }),
  operation(`GET ${P}/tags`, {
    query: [...paging, 'filterText', 'orderBy'],
    responses: { 200: schemas.pageOf(schemas.tag) },
  }),
  operation(`GET ${P}/tags/{name}`, { responses: { 200: schemas.tag } }),
  operation(`POST ${P}/tags`, {
    requestBody: schemas.refSent,
    responses: { 200: schemas.tag },
    statuses: [400, 409],
  }),
  operation(`GET ${P}/commits/{commitId}`, { responses: { 200: schemas.commit }, statuses: [400] }),
  operation(`GET ${P}/commits/{commitId}/merge-base`, {
    query: ['otherCommitId'],
    responses: { 200: schemas.commit },
    statuses: [204, 400],
  }),
  operation(`GET ${P}/raw/{path}`, { query: ['at'], responses: { 200: true }, statuses: [400] }),
  operation(`GET ${P}/browse/{path}`, {
    query: ['at', 'type'],
    responses: { 200: schemas.nodeType },
    statuses: [400],
  }),
  operation(`PUT ${P}/browse/{path}`, {
    form: true,
    responses: { 200: schemas.commit },
    statuses: [400, 409],
  }),
  operation(`GET ${P}/archive`, {
    query: ['at', 'format', 'path'],
    responses: { 200: true },
    statuses: [400],
  }),
  operation(`GET ${P}/compare/changes`, {
    query: [...paging, 'from', 'to'],
    responses: { 200: schemas.pageOf(schemas.change) },
  }),
  operation(`GET ${P}/diff`, {
    query: ['since', 'until'],
    responses: { 200: true },
    statuses: [400],
  }),
  operation(`GET ${P}/pull-requests`, {
    query: [...paging, 'state', 'direction', 'at', 'order'],
    responses: { 200: schemas.pageOf(schemas.pullRequest) },
  }),
  operation(`POST ${P}/pull-requests`, {
    requestBody: schemas.pullRequestSent,
    responses: { 201: schemas.pullRequest },
    statuses: [400, 409],
  }),
  operation(`GET ${PULL}`, { responses: { 200: schemas.pullRequest } }),
  operation(`GET ${PULL}.diff`, { responses: { 200: true } }),
  operation(`PUT ${PULL}`, {
    requestBody: schemas.pullRequestUpdate,
    responses: { 200: schemas.pullRequest },
    statuses: [400, 409],
  }),
  operation(`POST ${PULL}/decline`, {
    query: ['version'],
    requestBody: schemas.declineSent,
    responses: { 200: schemas.pullRequest },
    statuses: [409],
  }),
  operation(`PUT ${PULL}/participants/{userSlug}`, {
    requestBody: schemas.participantSent,
    responses: { 200: schemas.participant },
    statuses: [400, 409],
  }),
  operation(`GET ${PULL}/merge`, {
    responses: { 200: schemas.mergeability },
    statuses: [409],
  }),
  operation(`POST ${PULL}/merge`, {
    query: ['version'],
    requestBody: schemas.mergeSent,
    responses: { 200: schemas.pullRequest },
    statuses: [409],
  }),
  operation(`GET ${PULL}/auto-merge`, { responses: { 200: schemas.autoMergeRequest } }),
  operation(`DELETE ${PULL}/auto-merge`, { statuses: [204, 409] }),
  operation(`GET ${P}/settings/pull-requests`, {
    responses: { 200: schemas.pullRequestSettings },
  }),
  operation(`GET ${PULL}/activities`, {
    query: paging,
    responses: { 200: schemas.pageOf(schemas.activity) },
    statuses: [400],
  }),
  operation(`POST ${PULL}/comments`, {
    requestBody: schemas.commentSent,
    responses: { 201: schemas.comment },
    statuses: [400, 409],
  }),
  operation(`GET ${PULL}/comments/{commentId}`, { responses: { 200: schemas.comment } }),
  operation(`PUT ${PULL}/comments/{commentId}`, {
    requestBody: schemas.commentUpdate,
    responses: { 200: schemas.comment },
    statuses: [400, 409],
  }),
  operation(`POST ${P}/commits/{commitId}/builds`, {
    requestBody: schemas.buildSent,
    statuses: [204, 400],
  }),
  operation('GET /build-status/latest/commits/{commitId}', {
    query: [...paging, 'orderBy'],
    responses: { 200: schemas.pageOf(schemas.build) },
  }),
  operation('GET /api/latest/users', {
    query: [...paging, 'filter'],
    responses: { 200: schemas.pageOf(schemas.user) },
  }),
  operation(`GET ${P}/webhooks`, {
    query: paging,
    responses: { 200: schemas.pageOf(schemas.hook) },
  }),
  operation(`POST ${P}/webhooks`, {
    requestBody: schemas.hookSent,
    // The documentation says 200, servers answer 201.
    responses: { 200: schemas.hook, 201: schemas.hook },
    statuses: [400],
  }),
  operation(`GET ${P}/webhooks/{webhookId}`, { responses: { 200: schemas.hook } }),
  operation(`PUT ${P}/webhooks/{webhookId}`, {
    requestBody: schemas.hookSent,
    responses: { 200: schemas.hook },
    statuses: [400],
  }),
  operation(`DELETE ${P}/webhooks/{webhookId}`, { statuses: [204] }),
];
