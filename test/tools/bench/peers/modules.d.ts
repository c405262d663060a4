// What only the benchmark installs: the rest of the repository is checked without it.
declare module '@atproto/oauth-provider'
declare module 'express-oauth2-jwt-bearer'
