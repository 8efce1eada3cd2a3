import { ClientError, GraphQLClient, gql } from 'graphql-request';
import { expect } from 'vitest';
import { holdsFast, json, standIn } from '../support/sdk.ts';

const document = gql`mutation ($name: String!) { add(name: $name) { id } }`;
const errors = [{ message: 'No.', path: ['add'] }];

holdsFast(
  {
    write: (fetch, origin, signal) =>
      new GraphQLClient(`${origin}/graphql`, { fetch }).request({ document, variables: { name: 'a' }, signal }),
    answer: json({ data: { add: { id: 1 } } }),
    result: { add: { id: 1 } },
    refusal: (code, headers) => json({ errors }, code, headers),
    refused: status =>
      expect.toSatisfy(error => {
        expect(error).toBeInstanceOf(ClientError);
        expect(error).toMatchObject({ response: { status, errors } });
        return true;
      }),
    aborted: expect.objectContaining({ name: 'AbortError' }),
  },
  await standIn(),
);
