// The OpenID provider of the tests: `oidc-provider` with its own pages, on a free port of this
// machine or on the one that is given. Any password is right.
//
//   node provider.mjs MODULE ACCOUNTS [PORT]
//
// MODULE is the URL of oidc-provider, ACCOUNTS the claims of each login as JSON. Its keys are
// new at each start.
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

const [module, accounts, port] = process.argv.slice(2);
const { default: Provider } = await import(module);
const people = JSON.parse(accounts);

const server = createServer();
await new Promise((bound) => server.listen(Number(port ?? 0), '127.0.0.1', bound));
const issuer = `http://127.0.0.1:${server.address().port}`;

const key = (alg, type, options) => ({
  ...generateKeyPairSync(type, options).privateKey.export({ format: 'jwk' }),
  use: 'sig',
  alg,
  kid: randomUUID(),
});
const native = (client_id, more) => ({
  client_id,
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['http://127.0.0.1/callback'],
  response_types: ['code'],
  grant_types: ['authorization_code'],
  ...more,
});
const provider = new Provider(issuer, {
  clients: [
    native('relais'),
    native('elliptic', { id_token_signed_response_alg: 'ES256' }),
    native('another'),
    native('brief'),
  ],
  jwks: {
    keys: [key('RS256', 'rsa', { modulusLength: 2048 }), key('ES256', 'ec', { namedCurve: 'P-256' })],
  },
  cookies: { keys: [randomUUID()] },
  pkce: { required: () => true },
  // Puts what the scopes stand for into the ID token.
  conformIdTokenClaims: false,
  scopes: ['openid', 'profile', 'email', 'fhirUser'],
  claims: {
    profile: ['name', 'title', 'groups'],
    email: ['email', 'email_verified'],
    fhirUser: ['fhirUser'],
  },
  features: { devInteractions: { enabled: true } },
  ttl: { IdToken: (context, token, client) => (client.clientId === 'brief' ? 1 : 600) },
  findAccount: (context, id) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
});
server.on('request', provider.callback());
console.log(`listening on ${issuer}`);
