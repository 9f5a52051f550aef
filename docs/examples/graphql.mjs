// One GraphQL operation over HTTP, for a machine without curl.
//   node docs/examples/graphql.mjs http://127.0.0.1:4000/graphql wrn_… '{"query":"{ viewer { scopes } }"}'
const [url, key, operation] = process.argv.slice(2);
if (!operation) {
  console.error('usage: node docs/examples/graphql.mjs GRAPHQL_URL API_KEY JSON');
  process.exit(2);
}

const response = await fetch(url, {
  method: 'POST',
  headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  body: operation,
});
console.log(await response.text());
