// Apollo's own gateway over two subgraphs. One job comes in on stdin: {subgraphs: [{name, url,
// sdl}]}, where a subgraph without `sdl` is asked for it. The first line out is {url}, or
// {errors} where the graphs do not compose. It ends with its stdin.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { composeServices } from '@apollo/composition';
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';
import { parse } from 'graphql';

async function sdlOf({ url, sdl }) {
  if (sdl) return sdl;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query: '{ _service { sdl } }' }),
  });
  return (await answer.json()).data._service.sdl;
}

// The caller's token goes on to both: each subgraph asks for itself who is calling.
class Subgraph extends RemoteGraphQLDataSource {
  willSendRequest({ request, context }) {
    if (context.authorization) request.http.headers.set('Authorization', context.authorization);
  }
}

const stdin = createInterface({ input: process.stdin });
const [job] = await once(stdin, 'line');
stdin.on('close', () => process.exit());
const { subgraphs } = JSON.parse(job);
const services = await Promise.all(subgraphs.map(async (subgraph) => (
  { name: subgraph.name, url: subgraph.url, typeDefs: parse(await sdlOf(subgraph)) }
)));
const { supergraphSdl, errors } = composeServices(services);
if (errors) {
  console.log(JSON.stringify({ errors: errors.map(({ message }) => message) }));
  process.exit();
}
const gateway = new ApolloGateway({ supergraphSdl, buildService: ({ url }) => new Subgraph({ url }) });
const { url } = await startStandaloneServer(new ApolloServer({ gateway }), {
  listen: { host: '127.0.0.1', port: 0 },
  context: async ({ req }) => ({ authorization: req.headers.authorization }),
});
console.log(JSON.stringify({ url }));
